internal import HyperSchedProtocol

/// What the halving policies remember: the rungs, and per trial what it holds and where it stands.
struct RungBook: Equatable, Sendable {
    private struct Entry: Equatable, Sendable {
        /// Slots held now.
        var slots = 0
        var state = PolicyTrialState()
    }

    private(set) var ladder: RungLadder
    /// For look-up only, never iterated. Trials that never ran are not in it.
    private var entries: RecordMap<TrialID, Entry> = [:]

    init(ladder: RungLadder) { self.ladder = ladder }

    func state(of trial: TrialID) -> PolicyTrialState { entries[trial]?.state ?? PolicyTrialState() }

    /// It ran, was not told to pause, and waits: its attempt was interrupted or failed.
    func isInterrupted(_ trial: TrialID) -> Bool { entries[trial] != nil && pausedRung(of: trial) == nil }

    func hasRun(_ trial: TrialID) -> Bool { entries[trial] != nil }

    func isFiller(_ trial: TrialID) -> Bool { entries[trial]?.state.isFiller ?? false }

    /// Milestone of the rung at which the trial is paused.
    func pausedRung(of trial: TrialID) -> Int? { entries[trial]?.state.rungs.first { $0.paused }?.milestone }

    // MARK: Rungs

    /// The trial's score at the rung: the one recorded before, else `score`, which is recorded now.
    mutating func record(_ score: Double, of trial: TrialID, atRung index: Int) -> Double {
        if let recorded = ladder.rungs[index].score(of: trial) { return recorded }
        let score = score.isNaN ? Rung.worstScore : score
        ladder.rungs[index].record(score, of: trial)
        let new = PolicyTrialState.RungScore(milestone: ladder.rungs[index].milestone, score: score)
        change(trial) { entry in
            let place = entry.state.rungs.firstIndex { $0.milestone > new.milestone } ?? entry.state.rungs.count
            entry.state.rungs.insert(new, at: place)
        }
        return score
    }

    mutating func pause(_ trial: TrialID, atRung index: Int) {
        unpause(trial)
        ladder.rungs[index].pause(trial)
        let milestone = ladder.rungs[index].milestone
        change(trial) { entry in
            entry.state.isFiller = false
            let place = entry.state.rungs.firstIndex { $0.milestone == milestone }!
            entry.state.rungs[place].paused = true
        }
    }

    private mutating func unpause(_ trial: TrialID) {
        guard let milestone = pausedRung(of: trial), let index = ladder.index(ofMilestone: milestone) else { return }
        ladder.rungs[index].unpause(trial)
        change(trial) { entry in
            let place = entry.state.rungs.firstIndex { $0.paused }!
            entry.state.rungs[place].paused = false
        }
    }

    private mutating func change(_ trial: TrialID, _ body: (inout Entry) -> Void) {
        body(&entries[trial, default: Entry()])
    }

    // MARK: Life of a trial

    /// - Parameter filler: it is resumed although its rank does not ask for it.
    mutating func started(_ trial: TrialID, slots: Int, cooldown: Int, filler: Bool) {
        let wasPaused = pausedRung(of: trial) != nil
        unpause(trial)
        change(trial) { entry in
            entry.slots = slots
            entry.state.cooldown = cooldown
            if wasPaused { entry.state.isFiller = filler }
        }
    }

    mutating func ended(_ trial: TrialID, state: TrialState) {
        if state.isTerminal { unpause(trial) }
        guard let slots = entries[trial]?.slots, slots > 0 else { return }
        change(trial) { entry in
            entry.state.pausedSlots = slots
            entry.slots = 0
        }
    }

    mutating func setCooldown(_ cooldown: Int, of trial: TrialID) { change(trial) { $0.state.cooldown = cooldown } }

    mutating func restore(_ trial: TrialRecord, slots: Int) {
        guard trial.attempt > 0 else { return }
        entries[trial.id] = Entry(slots: slots, state: trial.policy)
        for score in trial.policy.rungs {
            guard let index = ladder.index(ofMilestone: score.milestone) else { continue }
            ladder.rungs[index].record(score.score, of: trial.id)
            if score.paused { ladder.rungs[index].pause(trial.id) }
        }
    }

    // MARK: Candidates

    /// A paused trial and where it stands.
    struct Candidate {
        let trial: TrialID
        /// Index of the rung at which it is paused.
        let rung: Int
        let score: Double
    }

    /// Of the trials that are really paused, the best one of the highest rung that is `accept`ed. Within a rung the
    /// search goes on downwards only `while` the entries deserve it.
    func bestPaused(
        in view: SweepView, while deserves: (RungEntry, Rung) -> Bool = { _, _ in true },
        where accept: (TrialID) -> Bool
    ) -> Candidate? {
        for (index, rung) in ladder.rungs.enumerated().reversed() {
            for entry in rung.paused.reversed() {
                guard deserves(entry, rung) else { break }
                if view.isPaused(entry.trial) && accept(entry.trial) {
                    return Candidate(trial: entry.trial, rung: index, score: entry.score)
                }
            }
        }
        return nil
    }
}
