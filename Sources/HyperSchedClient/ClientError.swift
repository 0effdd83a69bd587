public import HyperSchedProtocol

/// Why a call to the daemon did not succeed.
public enum ClientError: Error, Hashable, Sendable {
    /// No answer: nobody listens, the name is unknown, the connection broke, TLS failed.
    case unreachable(url: String, why: String)
    /// Whoever answered could not show that it is the daemon. Nothing was sent to it.
    case untrusted(url: String, why: String)
    /// The daemon refused; `status` and `code` say why.
    case problem(Problem)
    /// An answer that is not what the daemon of this version sends.
    case badAnswer(url: String, why: String)
    /// No complete answer within the time allowed.
    case timedOut(url: String, seconds: Double)
    /// The calling task was cancelled.
    case cancelled
    /// A local file could not be read or written.
    case file(path: String, why: String)

    /// True where the same call may succeed a moment later: no connection, no time, or the daemon said "not now".
    public var isTransient: Bool {
        switch self {
        case .unreachable, .timedOut: true
        case .problem(let problem): [429, 502, 503, 504].contains(problem.status)
        case .untrusted, .badAnswer, .cancelled, .file: false
        }
    }
}

extension ClientError: CustomStringConvertible {
    /// One line for people; a refused request has one more line for each field that is wrong.
    public var description: String {
        switch self {
        case .unreachable(let url, let why): "no daemon at \(url): \(why)"
        case .untrusted(let url, let why): "the certificate at \(url) is not trusted: \(why)"
        case .problem(let problem): Self.text(of: problem)
        case .badAnswer(let url, let why): "\(url) gave an answer that can not be read: \(why)"
        case .timedOut(let url, let seconds): "no answer from \(url) within \(Int(seconds.rounded(.up))) s"
        case .cancelled: "cancelled"
        case .file(let path, let why): "\(path): \(why)"
        }
    }

    private static func text(of problem: Problem) -> String {
        let head = problem.detail.isEmpty ? problem.title : "\(problem.title): \(problem.detail)"
        let lines = problem.errors.map { error in
            "  \(error.field.isEmpty ? "file" : error.field): \(error.message)"
                + (error.fix.isEmpty ? "" : "\n    fix: \(error.fix)")
        }
        return ([head] + lines).joined(separator: "\n")
    }
}
