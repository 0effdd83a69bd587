internal import HyperSchedProtocol

extension PBTPolicy {
    public func choose(in view: SweepView) -> Choice {
        guard view.timeLeft > 0 else { return .nothing(view.noTime) }
        guard view.largestFree >= view.minSlots else { return .nothing(view.noSlots) }
        if let trial = view.waiting.first(where: { isMember($0) && members[$0]!.hasRun }) {
            return .start(trial, slots: view.minSlots, view.interrupted)
        }
        if let choice = explore(view) ?? fillPopulation(view) ?? nextTurn(view) ?? fill(view) { return choice }
        guard !view.running.isEmpty else { return .nothing(view.exhausted) }
        let text =
            "the population of \(size(view)) is complete: \(population.count) members train, \(completed) are done"
        return .nothing(
            Reason(
                .population, text,
                numbers: ["members": Double(population.count), "completed": Double(completed)]))
    }

    private func isMember(_ trial: TrialID) -> Bool { members[trial]?.membership.replacedBy == nil }

    /// A child for the trial that has waited longest for one. While it waited the better trial may have got to the last
    /// step: a copy of it would be complete at once and never report, so that line of descent is done, too.
    private func explore(_ view: SweepView) -> Choice? {
        let open = vacancies.first { !view.hasFinalCheckpoint(members[$0]!.membership.replacedBy!) }
        guard view.trialsLeft > 0, let place = open, let donor = members[place]!.membership.replacedBy
        else { return nil }
        let configuration = spec.perturbed(members[donor]!.configuration, ofTrial: view.nextIndex, options)
        let old = members[donor]!.configuration
        let changes = configuration.entries.filter { old[$0.name] != $0.value }
            .map { "\($0.name) \(old[$0.name]?.text ?? "none") → \($0.value.text)" }
        let text =
            "a copy of trial \(donor) takes the place of trial \(place): "
            + (changes.isEmpty ? "the same hyperparameters" : changes.joined(separator: ", "))
        return .startChild(
            Offspring(parent: donor, replacing: place, configuration: configuration), slots: view.minSlots,
            Reason(.explore, text, numbers: ["slots": Double(view.minSlots)], rivals: [donor, place]))
    }

    private func fillPopulation(_ view: SweepView) -> Choice? {
        let reason = Reason(
            .population, "started: the population has \(population.count) of \(size(view)) members",
            numbers: ["members": Double(population.count), "size": Double(size(view))])
        if let trial = view.waiting.first(where: isMember) { return .start(trial, slots: view.minSlots, reason) }
        guard lacksMembers(view), view.canCreate else { return nil }
        return .startNew(slots: view.minSlots, reason)
    }

    /// Of the members that gave way the one that is furthest behind; of equals the oldest.
    private func nextTurn(_ view: SweepView) -> Choice? {
        let paused = population.filter { view.isPaused($0) }
        guard let next = paused.min(by: { (members[$0]!.membership.passed, $0) < (members[$1]!.membership.passed, $1) })
        else { return nil }
        let passed = members[next]!.membership.passed
        return .start(
            next, slots: view.minSlots,
            Reason(
                .turn, "resumed after \(passed) comparisons: it is its turn",
                numbers: ["comparisons": Double(passed)]))
    }

    /// Slots that no member can use go to the best of those that lost their place.
    private func fill(_ view: SweepView) -> Choice? {
        for entry in replaced.reversed() where view.isPaused(entry.trial) || view.waiting.contains(entry.trial) {
            let text =
                "resumed with \(spec.metric.text(ofScore: entry.score)): no member of the population can use the slots"
            let numbers = ["value": spec.metric.number(ofScore: entry.score)]
            return .start(entry.trial, slots: view.minSlots, Reason(.rungFill, text, numbers: numbers))
        }
        return nil
    }
}
