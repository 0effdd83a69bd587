public import HyperSchedProtocol

/// Population based training (Jaderberg et al., "Population based training of neural networks", 2017, arXiv
/// 1711.09846), asynchronous, with truncation selection.
///
/// Where the paper changes a member's weights and hyperparameters in place, here a *child trial* is made: a
/// configuration of its own, whose first attempt goes on from the better trial's checkpoint. So a trial keeps one
/// configuration and one curve, and the lineage is on record.
///
/// - `+Choose`: what starts.
public struct PBTPolicy: SchedulingPolicy {
    struct Member: Equatable, Sendable {
        let index: Int
        let configuration: Configuration
        var state = TrialState.waiting
        var hasRun = false
        var membership = PopulationMembership()
    }

    private(set) var spec: SweepSpec
    let options: PBTOptions
    let points: JudgementPoints
    private(set) var members: TreeMap<TrialID, Member> = [:]
    /// Members that have not ended and were not replaced.
    private(set) var population: SortedList<TrialID> = []
    /// Trials whose place is to be taken by a child.
    private(set) var vacancies: SortedList<TrialID> = []
    /// Trials that lost their place and could go on all the same, worst first.
    private(set) var replaced: SortedList<RungEntry> = []
    /// Members that ran to the end.
    private(set) var completed = 0

    public init(spec: SweepSpec, options: PBTOptions) {
        self.spec = spec
        // These can be changed, and are not looked at: equal histories give equal policies.
        self.spec.deadline = Timestamp(milliseconds: 0)
        (self.spec.priority, self.spec.weight, self.spec.budget) = (0, nil, nil)
        self.options = options
        points = options.points(spec.steps)
    }

    public mutating func observe(_ timing: ReportTiming) {}

    public mutating func resize(_ trial: TrialRecord, in view: SweepView) -> ResizeVerdict { .keep }

    // MARK: Exploit

    public mutating func onReport(_ report: PolicyReport, of trial: TrialRecord, in view: SweepView) -> Verdict {
        guard report.step < view.steps.max, var member = members[report.trial],
            member.membership.replacedBy == nil
        else { return .proceed }
        let passed = points.passed(by: report.step)
        // Steps that are repeated after a restart were compared before.
        guard passed > member.membership.passed else { return .proceed }
        member.membership.passed = passed
        member.membership.score = report.score
        members[report.trial] = member
        return exploit(report, member, view) ?? yieldTurn(report.trial, passed, view) ?? .proceed
    }

    /// Among the worst, it gives its place to a copy of one of the best.
    private mutating func exploit(_ report: PolicyReport, _ member: Member, _ view: SweepView) -> Verdict? {
        let ranked = ranking
        guard let place = ranked.firstIndex(where: { $0.trial == report.trial }) else { return nil }
        let share = min(Int((Double(ranked.count) * options.quantile).rounded(.up)), ranked.count / 2)
        guard place < share, vacancies.count < view.trialsLeft else { return nil }
        let donors = ranked.suffix(share).filter { $0.score > report.score && hasCheckpoint($0.trial, view) }
        guard !donors.isEmpty else { return nil }
        let random = CounterRandom(seed: spec.seed).stream("exploit").stream(UInt64(member.index))
        let donor = donors[random.below(donors.count, at: UInt64(member.membership.passed))]
        replace(report.trial, by: donor.trial)
        let reason = exploitReason(report, donor, ranked.count, share)
        return options.action == .pause ? .pause(reason) : .prune(reason)
    }

    /// Members with a score, worst first.
    private var ranking: [RungEntry] {
        population.compactMap { id in
            members[id]!.membership.score.map { RungEntry(score: $0, trial: id) }
        }.sorted()
    }

    private func hasCheckpoint(_ trial: TrialID, _ view: SweepView) -> Bool {
        // A paused member was told to write one before it gave its slots back.
        (view.running[trial]?.hasCheckpoint ?? view.isPaused(trial)) && !view.hasFinalCheckpoint(trial)
    }

    private mutating func replace(_ trial: TrialID, by donor: TrialID) {
        members[trial]!.membership.replacedBy = donor
        population.remove(trial)
        vacancies.insert(trial)
        replaced.insert(RungEntry(score: members[trial]!.membership.score!, trial: trial))
    }

    private func exploitReason(_ report: PolicyReport, _ donor: RungEntry, _ count: Int, _ share: Int) -> Reason {
        let text =
            "\(options.action == .pause ? "paused" : "pruned") at step \(report.step): its "
            + "\(spec.metric.text(ofScore: report.score)) is among the worst \(share) of \(count) members; a copy of "
            + "trial \(donor.trial) (\(spec.metric.text(ofScore: donor.score))) takes its place"
        return Reason(
            .exploit, text,
            numbers: [
                "step": Double(report.step), "value": spec.metric.number(ofScore: report.score),
                "members": Double(count), "worst": Double(share), "best": spec.metric.number(ofScore: donor.score),
            ], rivals: [donor.trial])
    }

    // MARK: Turns

    /// With fewer slots than members, one that is ahead lets one that is behind go on: scores are compared at equal
    /// steps, as far as that can be.
    private func yieldTurn(_ trial: TrialID, _ passed: Int, _ view: SweepView) -> Verdict? {
        guard view.largestFree < view.minSlots else { return nil }
        let behind = population.first { id in
            guard let member = members[id], member.membership.passed < passed else { return false }
            return view.isPaused(id) || view.waiting.contains(id)
        }
        guard behind != nil || (lacksMembers(view) && view.canCreate) else { return nil }
        let who = behind.map { "trial \($0)" } ?? "a new member"
        return .pause(
            Reason(
                .turn, "paused after \(passed) comparisons: \(who) is behind and waits for slots",
                numbers: ["comparisons": Double(passed)], rivals: behind.map { [$0] } ?? []))
    }

    /// Fewer lines of descent than the population should have.
    func lacksMembers(_ view: SweepView) -> Bool {
        population.count + vacancies.count + completed < size(view)
    }

    func size(_ view: SweepView) -> Int {
        options.population ?? max(PBTOptions.smallestPopulation, view.capacity / max(1, view.minSlots))
    }

    // MARK: Life of a trial

    public mutating func onCreated(_ trial: TrialRecord) {
        var member = Member(index: trial.index, configuration: trial.configuration)
        if let lineage = trial.lineage {
            member.membership.passed = points.passed(by: lineage.parentStep)
            if let place = lineage.replaces { vacancies.remove(place) }
        }
        members[trial.id] = member
        population.insert(trial.id)
    }

    public mutating func onStarted(_ trial: TrialID, slots: Int) {
        members[trial]!.state = .running
        members[trial]!.hasRun = true
    }

    public mutating func onEnded(_ trial: TrialID, state: TrialState) {
        let wasOver = members[trial]!.state.isTerminal
        members[trial]!.state = state
        if wasOver { rejoin(trial) }
        leaveIfEnded(trial)
    }

    /// It had ended and runs again by the user's wish.
    private mutating func rejoin(_ trial: TrialID) {
        let membership = members[trial]!.membership
        if membership.replacedBy != nil {
            replaced.insert(RungEntry(score: membership.score!, trial: trial))
        } else {
            population.insert(trial)
        }
    }

    private mutating func leaveIfEnded(_ trial: TrialID) {
        let member = members[trial]!
        guard member.state.isTerminal else { return }
        if member.membership.replacedBy != nil {
            replaced.remove(RungEntry(score: member.membership.score!, trial: trial))
        } else {
            population.remove(trial)
            if member.state == .completed { completed += 1 }
        }
    }

    public func trialState(of trial: TrialID) -> PolicyTrialState {
        var state = PolicyTrialState()
        state.membership = members[trial]?.membership
        return state
    }

    public mutating func restore(_ trial: TrialRecord, slots: Int) {
        onCreated(trial)
        members[trial.id]!.state = trial.state
        members[trial.id]!.hasRun = trial.attempt > 0
        if let membership = trial.policy.membership { members[trial.id]!.membership = membership }
        if let donor = trial.policy.membership?.replacedBy { replace(trial.id, by: donor) }
        leaveIfEnded(trial.id)
    }
}
