/// What simulated agents have done.
struct AgentTally: Sendable {
    var reports = 0
    var ended = 0
    /// Milliseconds of each call with reports, from sending to the answer.
    private var calls: [Double] = []

    mutating func addCall(_ duration: Duration) {
        let (seconds, fraction) = duration.components
        calls.append(Double(seconds) * 1e3 + Double(fraction) * 1e-15)
    }

    mutating func add(_ other: AgentTally) {
        reports += other.reports
        ended += other.ended
        calls += other.calls
    }

    /// Milliseconds below which this share of the calls stayed; nil: there was none.
    func percentile(_ share: Double) -> Double? {
        guard !calls.isEmpty else { return nil }
        let place = Int((share * Double(calls.count)).rounded(.up)) - 1
        return calls.sorted()[min(max(0, place), calls.count - 1)]
    }
}
