import HyperSchedClient

/// How long a daemon that was there and is gone is waited for: it may be on its way back.
struct Patience {
    static let seconds = 300.0

    /// nil: it has never answered.
    private var lastContact: ContinuousClock.Instant?

    /// The daemon has answered.
    mutating func contact() { lastContact = .now }

    /// True when the error may pass, and it is not yet time to give up.
    func excuses(_ error: ClientError) -> Bool {
        guard error.isTransient, let lastContact else { return false }
        return lastContact.duration(to: .now) < .seconds(Self.seconds)
    }
}
