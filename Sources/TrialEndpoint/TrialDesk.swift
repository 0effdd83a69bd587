public import HyperSchedProtocol

/// What the agent does for the trials that talk to its endpoint.
public protocol TrialDesk: Sendable {
    /// True where the attempt is one of the agent's and this is its token.
    func opens(_ attempt: AttemptID, token: String) async -> Bool

    /// What the program of the attempt should do now.
    /// - Throws: ``Problem``: the attempt is over.
    func advice(for attempt: AttemptID) async throws -> TrialAdvice

    /// Takes reports. When this returns, they are on the agent's disk, and each will reach the daemon exactly once.
    /// - Parameters:
    ///   - body: one JSON object, or an array of them, as docs/TRIAL_CONTRACT.md has it.
    ///   - key: the request's idempotency key.
    /// - Throws: ``Problem``; then nothing was taken.
    func take(_ body: [UInt8], key: String?, of attempt: AttemptID) async throws -> TrialAdvice

    /// Does what an MLflow client asks for; metrics become reports, durable when this returns.
    /// - Returns: the body of the answer, JSON.
    /// - Throws: ``Problem`` or ``TrackingRefusal``; then nothing was changed.
    func track(_ request: TrackingRequest, of attempt: AttemptID) async throws -> [UInt8]
}

/// The answer to a report.
public struct TrialAdvice: Hashable, Sendable, Codable {
    public enum Action: String, Hashable, Sendable, Codable {
        /// Train on.
        case proceed = "continue"
        /// Write a checkpoint soon and train on: the time is nearly up.
        case checkpoint
        /// Write a checkpoint and exit with 75, as after SIGTERM.
        case stop
    }

    public var action: Action
    /// Seconds to the deadline, or to the end of the agent where that comes first; nil: no limit.
    public var timeLeftSeconds: Double?
    /// Slots the attempt holds.
    public var slots: Int
    /// False in an answer to a question: nothing was reported.
    public var accepted: Bool
    /// How many of the reports had been taken before, under the same id.
    public var duplicates: Int?

    public init(
        action: Action, timeLeftSeconds: Double?, slots: Int, accepted: Bool = false, duplicates: Int? = nil
    ) {
        self.action = action
        self.timeLeftSeconds = timeLeftSeconds
        self.slots = slots
        self.accepted = accepted
        self.duplicates = duplicates
    }

    private enum CodingKeys: String, CodingKey {
        case action, slots, accepted, duplicates
        case timeLeftSeconds = "time_left_s"
    }
}
