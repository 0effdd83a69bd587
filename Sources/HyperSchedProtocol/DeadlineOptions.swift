/// The deadline policy's parameters and ablation switches. The defaults are what `policy: deadline` means;
/// docs/SCHEDULING.md explains each.
public struct DeadlineOptions: Hashable, Sendable, Codable {
    /// At each doubling of the steps the best 1/η of the trials go on while others wait: η of an unsure ranking.
    public var reductionFactor: Int
    /// Throughput s(a) on a slots relative to one slot, if it was measured beforehand; nil: learned.
    public var scaling: [ScalingPoint]?
    /// A new trial is admitted while this many times the time of its whole run on all slots is left.
    public var admissionFactor: Double
    /// A resize must pay back this many restarts.
    public var paybackRestarts: Double
    /// false: η and the admission factor stay as they are however sure the ranking is.
    public var adapts: Bool
    /// Shares of pairs of trials that keep their order between milestones from which a ranking counts as fairly sure,
    /// and as sure.
    public var fairRanking: Double
    public var sureRanking: Double
    /// false: a trial is judged at each milestone once, not again when others have raised the cut-off.
    public var retests: Bool
    /// false: every trial keeps `slots.min` slots until nothing else can use them.
    public var consolidates: Bool
    /// false: extra slots go to the leader alone, not where the expected best grows most.
    public var hedges: Bool
    /// false: forecasts are the values of now.
    public var extrapolates: Bool

    public init(
        reductionFactor: Int = 2, scaling: [ScalingPoint]? = nil, admissionFactor: Double = 2,
        paybackRestarts: Double = 2, adapts: Bool = true, fairRanking: Double = 0.7,
        sureRanking: Double = 0.85, retests: Bool = true, consolidates: Bool = true,
        hedges: Bool = true, extrapolates: Bool = true
    ) {
        self.reductionFactor = reductionFactor
        self.scaling = scaling
        self.admissionFactor = admissionFactor
        self.paybackRestarts = paybackRestarts
        self.adapts = adapts
        self.fairRanking = fairRanking
        self.sureRanking = sureRanking
        self.retests = retests
        self.consolidates = consolidates
        self.hedges = hedges
        self.extrapolates = extrapolates
    }

    /// Sets one option by the name that it has here. false: there is no such option, or the value does not fit.
    public mutating func set(_ name: String, _ value: String) -> Bool {
        switch name {
        case "reductionFactor": Int(value).map { reductionFactor = $0 } != nil
        case "admissionFactor": Double(value).map { admissionFactor = $0 } != nil
        case "paybackRestarts": Double(value).map { paybackRestarts = $0 } != nil
        case "adapts": Bool(value).map { adapts = $0 } != nil
        case "fairRanking": Double(value).map { fairRanking = $0 } != nil
        case "sureRanking": Double(value).map { sureRanking = $0 } != nil
        case "retests": Bool(value).map { retests = $0 } != nil
        case "consolidates": Bool(value).map { consolidates = $0 } != nil
        case "hedges": Bool(value).map { hedges = $0 } != nil
        case "extrapolates": Bool(value).map { extrapolates = $0 } != nil
        default: false
        }
    }
}
