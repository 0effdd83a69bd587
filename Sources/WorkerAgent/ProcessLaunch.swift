import CProcess
import Glibc

/// A program with all that is needed to start it, as kept in `launch.json`.
struct ProcessLaunch: Hashable, Sendable, Codable {
    /// Absolute, or relative to `folder`.
    var program: String
    var arguments: [String]
    /// `NAME=value`
    var environment: [String]
    var folder: String?
    /// Seconds from SIGTERM to SIGKILL where nobody says otherwise.
    var graceSeconds = 0.0

    /// Descriptors that become 0, 1 and 2; -1 is /dev/null. `passed` stays open under its own number.
    struct Descriptors {
        var input: Int32 = -1
        var output: Int32 = -1
        var error: Int32 = -1
        var passed: Int32 = -1
    }

    /// Starts it as the leader of a new session.
    /// - Parameter parentDeathSignal: sent to it when the calling thread ends; 0: none.
    /// - Throws: ``ProcessLaunchError``
    func start(_ descriptors: Descriptors, parentDeathSignal: Int32 = 0) throws(ProcessLaunchError) -> pid_t {
        var stage: Int32 = 0
        let pid = withTextVector(arguments) { arguments in
            withTextVector(environment) { environment in
                program.withCString { program in
                    withOptionalText(folder) { folder in
                        var launch = cprocess_launch(
                            program: program, arguments: arguments, environment: environment, directory: folder,
                            input: descriptors.input, output: descriptors.output, error: descriptors.error,
                            passed: descriptors.passed, new_session: 1, parent_death_signal: parentDeathSignal)
                        return cprocess_spawn(&launch, &stage)
                    }
                }
            }
        }
        guard pid < 0 else { return pid }
        throw ProcessLaunchError(
            what: UInt32(stage) == CPROCESS_STAGE_DIRECTORY.rawValue ? "directory \(folder ?? "")" : program, code: -pid
        )
    }
}

/// What could not be used to start a program, and why.
struct ProcessLaunchError: Error, CustomStringConvertible {
    let what: String
    /// errno
    let code: Int32

    var description: String { "\(what): \(String(cString: strerror(code)))" }
}

private func withTextVector<Result>(
    _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    var pointers = texts.map { strdup($0) }
    pointers.append(nil)
    defer { pointers.forEach { free($0) } }
    return pointers.withUnsafeBufferPointer { body($0.baseAddress!) }
}

private func withOptionalText<Result>(_ text: String?, _ body: (UnsafePointer<CChar>?) -> Result) -> Result {
    guard let text else { return body(nil) }
    return text.withCString(body)
}
