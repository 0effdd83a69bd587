/// Nanoseconds of rounds, by kind.
struct RoundTimes {
    private var samples: [CoreLoad.Kind: [UInt64]] = [:]

    mutating func add(_ kind: CoreLoad.Kind, _ nanoseconds: UInt64) { samples[kind, default: []].append(nanoseconds) }

    /// Of all rounds.
    var total: UInt64 { samples.values.reduce(0) { $0 + $1.reduce(0, +) } }

    func count(_ kind: CoreLoad.Kind) -> Int { samples[kind]?.count ?? 0 }

    /// Milliseconds below which this share of the rounds stayed; nil: there was none.
    func percentile(_ share: Double, of kind: CoreLoad.Kind) -> Double? {
        guard let sorted = samples[kind]?.sorted(), !sorted.isEmpty else { return nil }
        let index = min(sorted.count - 1, Int((share * Double(sorted.count)).rounded(.up)) - 1)
        return Double(sorted[max(0, index)]) / 1e6
    }
}
