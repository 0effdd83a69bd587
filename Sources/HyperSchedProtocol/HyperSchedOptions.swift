/// HyperSched's parameters and ablation switches (arXiv 2001.02338 and its public code). The defaults are the published
/// ones.
public struct HyperSchedOptions: Hashable, Sendable, Codable {
    public enum Allocation: String, Hashable, Sendable, Codable, CaseIterable {
        /// Extra slots dealt one by one, round-robin, best trial first.
        case uniform
        /// All extra slots to the best trial.
        case topJob = "top_job"
        /// Each extra slot to a random running trial, drawn anew at each report.
        case random
        /// Extra slots in proportion to exp(score), rounded down; what is left goes to the largest share.
        case softmax
        /// No extra slots.
        case none
    }

    /// η
    public var reductionFactor: Int
    public var allocation: Allocation
    /// Throughput s(a) on a slots relative to one slot, a ascending; between points linear, beyond them constant.
    /// nil: s(a) = a.
    public var scaling: [ScalingPoint]?
    /// Reports between two resizes of a trial.
    public var cooldownReports: Int
    /// A resize must multiply the work done by the deadline by more than this.
    public var gainThreshold: Double
    /// false: the ablation `_no_speculation` (each trial tested once per rung, as promotion ASHA).
    public var speculation: Bool
    /// false: the ablation `_ignore_overhead` (start-up time counts as 0).
    public var countOverhead: Bool
    /// false: the ablation `_no_job_limit` (admission stays open until the deadline).
    public var limitAdmission: Bool
    /// Share of the time for exploration with a fixed split; nil: HyperSched's own rule.
    public var fixedExploration: Double?
    /// true (published): when admission closes, every waiting and paused trial is dropped for good.
    /// false: they are kept, and one is started whenever nothing else can use the slots.
    public var dropAtClosing: Bool
    /// false: the published `use_pausing = False`: a trial below a rung's cut-off is pruned instead of paused.
    public var pausing: Bool
    /// The published `allocation_grid`: sizes are smaller than this or multiples of it, in units of `slots.min`; nil:
    /// any size.
    public var allocationGrid: Int?
    /// true: slips of the published code that change decisions are kept, too: a score equal to the cut-off may count as
    /// below it, one NaN switches its rung off, a trial without a score counts as the best one when maximising, the
    /// linear throughput table ends at 31, and the grid only ever forbids shrinking.
    public var publishedSlips: Bool

    public init(
        reductionFactor: Int = 4, allocation: Allocation = .uniform, scaling: [ScalingPoint]? = nil,
        cooldownReports: Int = 5, gainThreshold: Double = 1.1, speculation: Bool = true, countOverhead: Bool = true,
        limitAdmission: Bool = true, fixedExploration: Double? = nil, dropAtClosing: Bool = true,
        pausing: Bool = true, allocationGrid: Int? = nil, publishedSlips: Bool = false
    ) {
        self.reductionFactor = reductionFactor
        self.allocation = allocation
        self.scaling = scaling
        self.cooldownReports = cooldownReports
        self.gainThreshold = gainThreshold
        self.speculation = speculation
        self.countOverhead = countOverhead
        self.limitAdmission = limitAdmission
        self.fixedExploration = fixedExploration
        self.dropAtClosing = dropAtClosing
        self.pausing = pausing
        self.allocationGrid = allocationGrid
        self.publishedSlips = publishedSlips
    }

    /// Fields that older versions did not write have their defaults.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        reductionFactor = try container.decode(Int.self, forKey: .reductionFactor)
        allocation = try container.decode(Allocation.self, forKey: .allocation)
        scaling = try container.decodeIfPresent([ScalingPoint].self, forKey: .scaling)
        cooldownReports = try container.decode(Int.self, forKey: .cooldownReports)
        gainThreshold = try container.decode(Double.self, forKey: .gainThreshold)
        speculation = try container.decode(Bool.self, forKey: .speculation)
        countOverhead = try container.decode(Bool.self, forKey: .countOverhead)
        limitAdmission = try container.decode(Bool.self, forKey: .limitAdmission)
        fixedExploration = try container.decodeIfPresent(Double.self, forKey: .fixedExploration)
        dropAtClosing = try container.decode(Bool.self, forKey: .dropAtClosing)
        pausing = try container.decodeIfPresent(Bool.self, forKey: .pausing) ?? true
        allocationGrid = try container.decodeIfPresent(Int.self, forKey: .allocationGrid)
        publishedSlips = try container.decodeIfPresent(Bool.self, forKey: .publishedSlips) ?? false
    }
}
