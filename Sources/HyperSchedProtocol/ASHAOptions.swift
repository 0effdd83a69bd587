public struct ASHAOptions: Hashable, Sendable, Codable {
    public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        /// ASHA as in its paper (arXiv 1810.05934): a trial pauses at each rung and is promoted when it is in the top
        /// 1/η.
        case promotion
        /// The stopping form of Ray Tune and Syne Tune: a trial runs on unless it is below the cut-off when it arrives.
        case stopping
    }

    /// Which score lets a trial go on in the stopping form.
    public enum Cutoff: String, Hashable, Sendable, Codable, CaseIterable {
        /// Ray Tune: no less than the percentile 100 (1 - 1/η) of those that were at the rung before it.
        case percentile
        /// Syne Tune and W&B: at most n/η of the n trials there, itself counted, are strictly better.
        case rank
    }

    public var kind: Kind
    /// η
    public var reductionFactor: Int
    /// For the stopping form.
    public var cutoff: Cutoff
    /// D-ASHA (Hyper-Tune, arXiv 2201.06834): never more than n/η trials are promoted from a rung, although the top 1/η
    /// shifts while trials arrive. For the promotion form.
    public var delay: Bool

    public init(
        kind: Kind = .promotion, reductionFactor: Int = 4, cutoff: Cutoff = .percentile, delay: Bool = false
    ) {
        self.kind = kind
        self.reductionFactor = reductionFactor
        self.cutoff = cutoff
        self.delay = delay
    }

    /// Fields that older versions did not write have their defaults.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        kind = try container.decode(Kind.self, forKey: .kind)
        reductionFactor = try container.decode(Int.self, forKey: .reductionFactor)
        cutoff = try container.decodeIfPresent(Cutoff.self, forKey: .cutoff) ?? .percentile
        delay = try container.decodeIfPresent(Bool.self, forKey: .delay) ?? false
    }
}
