internal import HyperSchedProtocol

extension ClusterState {
    /// Moves the deadline of a sweep to a later instant. One that has ended goes on: what was stopped for the deadline
    /// runs again from its checkpoint, what the policy had paused is a candidate again.
    ///
    /// - Parameter timings: all that were stored of the sweep, in order of arrival. They are needed when it has ended
    ///   and holds no slot any more, because what its policy had learned was given back then.
    mutating func extend(
        _ id: SweepID, to deadline: Timestamp, timings: [ReportTiming]?, at now: Timestamp
    ) -> EventResult {
        guard let runtime = runtimes[id] else { return .refused(.notFound("sweep", id.description)) }
        let record = runtime.record
        // Said twice, it is done once.
        if deadline == record.spec.deadline, !record.state.isTerminal { return .done }
        if let problem = whyNotExtended(runtime, to: deadline, at: now) { return .refused(problem) }
        let hasForgotten = !activeSweeps.contains(id)
        guard !hasForgotten || timings != nil else { return .refused(.endedMeanwhile(id)) }
        let text = "the deadline was moved from \(record.spec.deadline) to \(deadline)"
        let reason = Reason(
            rule: "extended", text: text,
            numbers: [
                "seconds_more": MetricValue(deadline.seconds(since: record.spec.deadline)),
                "seconds_left": MetricValue(deadline.seconds(since: now)),
            ])
        decide(.extend, reason, sweep: id, at: now)
        runtimes[id]!.record.spec.deadline = deadline
        pending.sweeps.insert(id)
        if record.state.isTerminal { reopen(id) }
        requeueStopped(of: id, tellsPolicy: !hasForgotten)
        if hasForgotten { relearn(id, timings ?? []) }
        serveInOrder()
        return .done
    }

    private func whyNotExtended(_ runtime: SweepRuntime, to deadline: Timestamp, at now: Timestamp) -> Problem? {
        let record = runtime.record
        guard deadline > max(now, record.spec.deadline) else {
            let bound = deadline <= now ? "in the past" : "not later than the present one, \(record.spec.deadline)"
            let field = Problem.FieldError(
                field: "deadline", message: "\(deadline) is \(bound)", fix: "give a later instant")
            return Problem(
                status: 422, code: "invalid_deadline", title: "The deadline can only be moved to a later instant",
                detail: "\(deadline) is \(bound).", errors: [field])
        }
        let why: String?
        switch record.state {
        case .queued, .running: why = nil
        case .cancelled, .failed: why = "it is \(record.state.rawValue), and its trials are over. Submit it again."
        case .finished, .deadlineReached: why = whyNothingIsLeft(runtime)
        }
        return why.map {
            Problem(status: 409, code: "not_extendable", title: "Sweep \(record.id) can not go on", detail: $0)
        }
    }

    private func whyNothingIsLeft(_ runtime: SweepRuntime) -> String? {
        let metric = runtime.record.spec.metric
        if let target = metric.target, let best = runtime.bestScore, best >= metric.score(of: target) {
            return "its target \(target) is reached. Submit it with a higher aim."
        }
        if let budget = runtime.record.spec.budget,
            Double(runtime.record.usedSlotMilliseconds ?? 0) / 1000
                >= budget.slotHours * 3600 - Double(runtime.record.spec.slots.min) * stopReserve(of: runtime.record.id)
        {
            return "its budget of \(budget.slotHours.shortText) slot-hours is used up. Raise it first: "
                + "`hypersched sweep adjust \(runtime.record.id) --slot-hours HOURS`."
        }
        let isUsedUp = runtime.running.isEmpty && runtime.idle.isEmpty && !canCreate(runtime)
        return isUsedUp ? "all its trials have ended, and it may draw no more." : nil
    }

    mutating func reopen(_ id: SweepID) {
        runtimes[id]!.record.state = .running
        runtimes[id]!.record.stateReason = nil
        runtimes[id]!.record.endedAt = nil
    }

    private mutating func requeueStopped(of id: SweepID, tellsPolicy: Bool) {
        for trial in Array(runtimes[id]!.paused) where trials[trial]!.stoppedForDeadline == true {
            trials[trial]!.stoppedForDeadline = nil
            setState(.waiting, of: trial, reason: "the deadline was moved")
            guard tellsPolicy else { continue }
            runtimes[id]!.onEnded(trial, state: .waiting)
            keepPolicyState(of: trial)
        }
    }

    mutating func relearn(_ id: SweepID, _ timings: [ReportTiming]) {
        for trial in trials.values.filter({ $0.sweep == id }).sorted(by: { $0.id < $1.id }) {
            runtimes[id]!.restore(trial, slots: 0)
        }
        for timing in timings { runtimes[id]!.restore(timing: timing) }
        activate(id)
    }
}

extension Problem {
    /// Answered by ``ClusterState/extend(_:to:timings:at:)`` when it was asked without the timings that it needs.
    static func endedMeanwhile(_ id: SweepID) -> Problem {
        Problem(status: 409, code: "ended_meanwhile", title: "Sweep \(id) ended at this very moment: ask again")
    }
}
