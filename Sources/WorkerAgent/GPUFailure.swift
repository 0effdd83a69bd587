/// Why nvidia-smi gave no answer.
public enum GPUFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no such program.
    case notInstalled(program: String)
    /// It ended with this status; the first line of what it said.
    case failed(program: String, status: String, message: String)
    /// A driver in trouble makes nvidia-smi hang.
    case timedOut(program: String, seconds: Double)
    /// It said something else than what was asked for.
    case unreadable(program: String, line: String)

    public var description: String {
        switch self {
        case .notInstalled(let program): "there is no program \(program)"
        case .failed(let program, let status, let message):
            "\(program) failed (\(status))" + (message.isEmpty ? "" : ": \(message)")
        case .timedOut(let program, let seconds):
            "\(program) did not answer within \(seconds) s: the GPU driver may hang (see dmesg)"
        case .unreadable(let program, let line): "\(program) answered with a line that can not be read: '\(line)'"
        }
    }
}
