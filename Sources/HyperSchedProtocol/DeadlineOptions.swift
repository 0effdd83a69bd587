/// The deadline policy's parameters and ablation switches. The defaults are what `policy: deadline` means;
/// docs/SCHEDULING.md explains each.
public struct DeadlineOptions: Hashable, Sendable, Codable {
    /// η: at each doubling of the steps the best 1/η of the trials go on while others wait.
    public var reductionFactor: Int
    /// Throughput s(a) on a slots relative to one slot, if it was measured beforehand; nil: learned.
    public var scaling: [ScalingPoint]?
    /// α: trials are judged first at α R √B steps, where the slots have time for B whole runs of R steps.
    public var firstRung: Double
    /// The last trial alone gets at most this part of the whole time.
    public var finalShare: Double
    /// false: admission stays open, and every trial keeps `slots.min` slots.
    public var consolidates: Bool
    /// false: once admission is closed the leader alone counts.
    public var hedges: Bool
    /// false: trials are compared by the scores of now.
    public var extrapolates: Bool

    public init(
        reductionFactor: Int = 3, scaling: [ScalingPoint]? = nil, firstRung: Double = 0.01, finalShare: Double = 0.4,
        consolidates: Bool = true, hedges: Bool = true, extrapolates: Bool = true
    ) {
        self.reductionFactor = reductionFactor
        self.scaling = scaling
        self.firstRung = firstRung
        self.finalShare = finalShare
        self.consolidates = consolidates
        self.hedges = hedges
        self.extrapolates = extrapolates
    }

    /// What an earlier version did not have, or had besides, makes no difference.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init()
        func read<Value: Decodable>(_ key: CodingKeys, _ value: inout Value) throws {
            value = try values.decodeIfPresent(Value.self, forKey: key) ?? value
        }
        scaling = try values.decodeIfPresent([ScalingPoint].self, forKey: .scaling)
        // η of an earlier version had another meaning: it is taken over only together with what came with the new one.
        if values.contains(.firstRung) { try read(.reductionFactor, &reductionFactor) }
        try read(.firstRung, &firstRung)
        try read(.finalShare, &finalShare)
        try read(.consolidates, &consolidates)
        try read(.hedges, &hedges)
        try read(.extrapolates, &extrapolates)
    }

    /// Sets one option by the name that it has here. false: there is no such option, or the value does not fit.
    public mutating func set(_ name: String, _ value: String) -> Bool {
        switch name {
        case "reductionFactor": Int(value).map { reductionFactor = $0 } != nil
        case "firstRung": Double(value).map { firstRung = $0 } != nil
        case "finalShare": Double(value).map { finalShare = $0 } != nil
        case "consolidates": Bool(value).map { consolidates = $0 } != nil
        case "hedges": Bool(value).map { hedges = $0 } != nil
        case "extrapolates": Bool(value).map { extrapolates = $0 } != nil
        default: false
        }
    }
}
