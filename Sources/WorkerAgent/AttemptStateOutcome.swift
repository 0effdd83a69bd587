import HyperSchedProtocol

extension AttemptState {
    /// The message that tells the daemon of the end.
    /// - Parameter now: when the last checkpoint was durable, seconds on the agent's clock.
    func ended(_ end: ProcessEnd, at now: Double) -> AttemptEnded {
        let outcome = outcome(of: end)
        let diagnosis = outcome == .failed && brokenLimit == nil ? FailureDiagnosis(of: end) : nil
        let lines = Array(end.lastLines.suffix(AttemptFailure.maximumLines))
        return AttemptEnded(
            attempt: assignment.attempt, outcome: outcome, exitCode: end.exitCode, signal: end.signal,
            message: diagnosis?.explanation ?? message(of: end, outcome), elapsedSeconds: end.elapsedSeconds,
            stopSeconds: isKill ? nil : stopAskedAt.map { now - $0 },
            failure: brokenLimit?.kind ?? diagnosis?.kind ?? (end.keeperVanished ? .other : nil),
            lastLines: lines.isEmpty ? nil : lines,
            unclean: end.dirt.isEmpty
                ? nil : end.dirt.sorted { $0.key < $1.key }.map { QuarantinedSlot(slot: $0.key, reason: $0.value) })
    }

    private func outcome(of end: ProcessEnd) -> AttemptOutcome {
        if end.startFailure != nil { return .failed }
        if end.keeperVanished { return .lost }
        if brokenLimit != nil { return .failed }
        if end.wasKilled { return .killed }
        // 75: EX_TEMPFAIL of sysexits.h; 130: ended by an interrupt.
        if end.wasAskedToStop || end.exitCode == 75 || end.exitCode == 130 { return .interrupted }
        return end.exitCode == 0 ? .exited : .failed
    }

    private func message(of end: ProcessEnd, _ outcome: AttemptOutcome) -> String {
        if end.keeperVanished { return "the process that watches over the trial vanished" }
        if let brokenLimit { return brokenLimit.text }
        switch outcome {
        case .killed:
            return isKill ? "killed on request" : "had to be killed: it did not end within its grace period"
        case .interrupted: return stopReason ?? end.lastLine
        case .exited: return badCheckpoint ?? end.lastLine
        case .failed, .lost: return end.lastLine
        }
    }
}
