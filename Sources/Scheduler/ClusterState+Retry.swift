internal import HyperSchedProtocol

/// Trials that have ended without a result, run again: the same configuration, the same seed, the same command line.
extension ClusterState {
    mutating func retry(
        _ id: SweepID, _ retry: SweepRetry, timings: [ReportTiming]?, at now: Timestamp
    ) -> EventResult {
        guard let record = runtimes[id]?.record else { return .refused(.notFound("sweep", id.description)) }
        if let problem = whyNotRetried(record, retry, at: now) { return .refused(problem) }
        let chosen = trials.values.filter { $0.sweep == id && retry.states.contains($0.state) }.map(\.id).sorted()
        guard !chosen.isEmpty else { return .done }
        let hasForgotten = !activeSweeps.contains(id)
        guard !hasForgotten || timings != nil else { return .refused(.endedMeanwhile(id)) }
        if record.state.isTerminal { reopen(id) }
        forgetBreakers(of: id)
        for trial in chosen { revive(trial, tellsPolicy: !hasForgotten, at: now) }
        if hasForgotten { relearn(id, timings ?? []) }
        pending.sweeps.insert(id)
        return .done
    }

    private mutating func revive(_ id: TrialID, tellsPolicy: Bool, at now: Timestamp) {
        let (sweep, old) = (trials[id]!.sweep, trials[id]!.state)
        let text = "runs again by the user's wish; it was \(old.rawValue)"
        decide(.retry, Reason(.retriedByUser, text), sweep: sweep, trial: id, at: now)
        trials[id]!.state = .waiting
        trials[id]!.stateReason = text
        trials[id]!.failures = 0
        trials[id]!.unscoredReports = 0
        // A limit of the whole trial counts anew.
        trials[id]!.wallSeconds = 0
        runtimes[sweep]!.move(id, from: old, to: .waiting)
        pending.trials.insert(id)
        guard tellsPolicy else { return }
        runtimes[sweep]!.onEnded(id, state: .waiting)
        keepPolicyState(of: id)
    }

    private func whyNotRetried(_ record: SweepRecord, _ retry: SweepRetry, at now: Timestamp) -> Problem? {
        guard !retry.states.isEmpty, retry.states.allSatisfy(SweepRetry.allowed.contains) else {
            let allowed = SweepRetry.allowed.map(\.rawValue).joined(separator: ", ")
            let field = Problem.FieldError(
                field: "states", message: "only trials that ended without a result run again", fix: "give \(allowed)")
            return Problem(
                status: 422, code: "invalid_retry", title: "These trials can not run again", errors: [field])
        }
        let why: String
        if record.state == .cancelled {
            why = "It was cancelled. Submit it again."
        } else if now >= stopBegins(record.id) {
            why = "Its deadline has come. Move it first: `hypersched sweep extend \(record.id) --by 2h`."
        } else {
            return nil
        }
        return Problem(
            status: 409, code: "not_retryable", title: "Trials of sweep \(record.id) can not run again", detail: why)
    }
}
