import ArgumentParser
import HyperSchedClient
import HyperSchedProtocol

/// Why a command ends early: the exit status and what to say.
struct CommandFailure: Error, Hashable, Sendable {
    let status: ExitStatus
    /// Empty: everything has been said.
    let message: String

    init(_ status: ExitStatus, _ message: String = "") {
        self.status = status
        self.message = message
    }

    init(_ error: any Error) {
        switch error {
        case let failure as CommandFailure: self = failure
        case let error as ClientError: self.init(Self.status(of: error), "error: \(error)" + Self.hint(for: error))
        case is CancellationError: self.init(.interrupted)
        default: self = Self.parsing(error)
        }
    }

    private static func status(of error: ClientError) -> ExitStatus {
        switch error {
        case .unreachable, .untrusted, .timedOut: .unreachable
        case .cancelled: .interrupted
        case .problem, .badAnswer, .file: .failure
        }
    }

    private static func hint(for error: ClientError) -> String {
        switch error {
        case .untrusted:
            return "\nName the file of the authority that has signed it: --ca-file FILE or HYPERSCHED_CA_FILE."
        case .problem(let problem) where problem.status == 401:
            return "\nPut a token into ~/.config/hypersched/token (mode 0600), or name a file: --token-file FILE or "
                + "HYPERSCHED_TOKEN_FILE."
        case .unreachable: break
        default: return ""
        }
        return "\nIs hyperschedd running there? Another address: --daemon URL or the variable HYPERSCHED_DAEMON."
    }

    /// Help, the version, a wrong command line, or any other error.
    private static func parsing(_ error: any Error) -> CommandFailure {
        let code = RootCommand.exitCode(for: error)
        let message = RootCommand.fullMessage(for: error)
        if code == .success { return CommandFailure(.success, message) }
        if code == .validationFailure { return CommandFailure(.usage, message) }
        if let code = error as? ExitCode { return CommandFailure(ExitStatus(rawValue: code.rawValue)) }
        return CommandFailure(.failure, "error: \(error)")
    }
}
