import HyperSchedProtocol

/// The daemon's HTTP API, one method per route. Any number of calls may run at once; connections are used again. A call
/// waits on a thread of its own, so the callers' tasks never block; cancelling the task ends the call at once with
/// ``ClientError/cancelled``.
///
/// Calls that can be repeated without harm are, as ``CallRetry`` says, when the daemon can not be reached.
public struct DaemonClient: Sendable {
    /// Without a slash at the end: `http://127.0.0.1:8472`.
    public let url: String
    public let retry: CallRetry
    /// Seconds for one call that carries no file.
    public let timeoutSeconds: Double
    private let token: String?
    private let pool: ConnectionPool

    /// - Parameters:
    ///   - url: `http://host:port` or `https://…`, a path in front of `/api/v1` included.
    ///   - token: sent as a bearer token with each call.
    ///   - certificates: a PEM file of the authorities that may vouch for the daemon; nil: the system's.
    public init(
        url: String, token: String? = nil, certificates: String? = nil, retry: CallRetry = CallRetry(),
        timeoutSeconds: Double = 30
    ) {
        var url = url[...]
        while url.hasSuffix("/") { url.removeLast() }
        self.url = String(url)
        self.token = token
        self.retry = retry
        self.timeoutSeconds = timeoutSeconds
        pool = ConnectionPool(certificates: certificates)
    }

    /// True when both are the same client, or copies of it.
    public func isSame(as other: DaemonClient) -> Bool { pool === other.pool }

    /// Makes the call, again where that is allowed, and checks the status.
    func send(_ request: WireRequest) async throws(ClientError) -> WireAnswer {
        var attempt = 1
        while true {
            do throws(ClientError) {
                return try await sendOnce(request)
            } catch {
                guard request.isRepeatable, error.isTransient, attempt < retry.attempts else { throw error }
                let pause = retry.pause(after: attempt, jitter: Double.random(in: 0..<1))
                do { try await Task.sleep(for: .seconds(pause)) } catch { throw .cancelled }
                attempt += 1
            }
        }
    }

    /// As ``send(_:)``, and reads the answer as JSON.
    func send<Answer: Decodable>(_ request: WireRequest, as type: Answer.Type) async throws(ClientError) -> Answer {
        let answer = try await send(request)
        do throws(WireError) {
            return try WireCoding.decode(type, from: answer.body)
        } catch {
            throw .badAnswer(url: request.address(under: url), why: "\(error)")
        }
    }

    private func sendOnce(_ request: WireRequest) async throws(ClientError) -> WireAnswer {
        var request = request
        if let token { request.headers.append(("Authorization", "Bearer \(token)")) }
        let answer: WireAnswer
        do throws(ClientError) {
            answer = try await pool.perform(request, at: request.address(under: url), timeoutSeconds: timeoutSeconds)
        } catch .unreachable(_, let why) {
            // It is the daemon that is not there, whatever was asked of it.
            throw .unreachable(url: url, why: why)
        } catch .timedOut(_, let seconds) {
            throw .timedOut(url: url, seconds: seconds)
        }
        guard (200..<300).contains(answer.status) else { throw .problem(Self.problem(in: answer)) }
        return answer
    }

    /// The daemon's own words where it gave some; else what can be said from the status.
    private static func problem(in answer: WireAnswer) -> Problem {
        if let problem = try? WireCoding.decode(Problem.self, from: answer.body) { return problem }
        let text = String(decoding: answer.body.prefix(300), as: UTF8.self)
        return Problem(
            status: answer.status, code: "http_\(answer.status)", title: "HTTP \(answer.status)", detail: text)
    }
}
