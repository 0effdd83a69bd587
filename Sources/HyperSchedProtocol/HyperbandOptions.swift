/// Asynchronous Hyperband: several brackets of ASHA, of which bracket s has its first rung at r η^s (Li et al.,
/// "Hyperband", JMLR 2018; Li et al., MLSys 2020, arXiv 1810.05934).
public struct HyperbandOptions: Hashable, Sendable, Codable {
    public var kind: ASHAOptions.Kind
    /// η
    public var reductionFactor: Int
    /// Number of brackets; nil: Hyperband's own, one for each r η^s that is not above R. More than these do not exist.
    public var brackets: Int?
    /// For the stopping form.
    public var cutoff: ASHAOptions.Cutoff

    public init(
        kind: ASHAOptions.Kind = .promotion, reductionFactor: Int = 3, brackets: Int? = nil,
        cutoff: ASHAOptions.Cutoff = .percentile
    ) {
        self.kind = kind
        self.reductionFactor = reductionFactor
        self.brackets = brackets
        self.cutoff = cutoff
    }
}
