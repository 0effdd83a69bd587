import HyperSchedProtocol
import SweepFile

/// Turns the text of a sweep file into a sweep.
struct SweepIntake: Sendable {
    let loop: ControlLoop
    let clock: any DaemonClock

    /// Takes in a sweep file; returns when the sweep is durable.
    /// - Parameter key: the client's `Idempotency-Key`; the same key with the same file gives the same sweep.
    func submit(_ text: String, key: String?) async throws(Problem) -> (id: SweepID, isNew: Bool) {
        let submission = try Self.submission(text, key: key)
        // Before the file is read: a deadline in it may have passed since the first time.
        if let submission, let known = try await loop.known(submission) { return (known, false) }
        return try await loop.submit(try read(text).spec, submission)
    }

    func read(_ text: String) throws(Problem) -> ParsedSweep {
        // Below 2^53, so that every JSON reader gets it right.
        let seed = UInt64.random(in: 0..<(1 << 53))
        switch SweepFileReader.read(text, now: clock.now(), defaultSeed: seed) {
        case .success(let parsed): return parsed
        case .failure(let error): throw error.problem
        }
    }

    private static func submission(_ text: String, key: String?) throws(Problem) -> InboxItem.Submission? {
        guard let key else { return nil }
        guard (1...255).contains(key.utf8.count) else { throw .badRequest("Idempotency-Key: 1 to 255 bytes") }
        return InboxItem.Submission(key: key, fingerprint: SHA256.hex(of: text.utf8))
    }
}
