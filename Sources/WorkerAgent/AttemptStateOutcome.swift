import HyperSchedProtocol

extension AttemptState {
    /// The message that tells the daemon of the end.
    /// - Parameter now: when the last checkpoint was durable, seconds on the agent's clock.
    func ended(_ end: ProcessEnd, at now: Double) -> AttemptEnded {
        let outcome = outcome(of: end)
        return AttemptEnded(
            attempt: assignment.attempt, outcome: outcome, exitCode: end.exitCode, signal: end.signal,
            message: message(of: end, outcome), elapsedSeconds: end.elapsedSeconds,
            stopSeconds: isKill ? nil : stopAskedAt.map { now - $0 })
    }

    private func outcome(of end: ProcessEnd) -> AttemptOutcome {
        if end.startFailure != nil { return .failed }
        if end.keeperVanished { return .lost }
        if end.wasKilled { return .killed }
        // 75: EX_TEMPFAIL of sysexits.h; 130: ended by an interrupt.
        if end.wasAskedToStop || end.exitCode == 75 || end.exitCode == 130 { return .interrupted }
        return end.exitCode == 0 ? .exited : .failed
    }

    private func message(of end: ProcessEnd, _ outcome: AttemptOutcome) -> String {
        if let failure = end.startFailure { return failure }
        if end.keeperVanished { return "the process that watches over the trial vanished" }
        switch outcome {
        case .killed:
            return isKill ? "killed on request" : "had to be killed: it did not end within its grace period"
        case .interrupted: return stopReason ?? end.lastLine
        case .failed: break
        case .exited, .lost: return end.lastLine
        }
        if let signal = end.signal { return Self.text(ofSignal: signal, lastLine: end.lastLine) }
        let code = "exit status \(end.exitCode ?? -1)"
        return end.lastLine.isEmpty ? code : end.lastLine
    }

    private static func text(ofSignal signal: Int, lastLine: String) -> String {
        let names = [4: "SIGILL", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE", 9: "SIGKILL", 11: "SIGSEGV", 15: "SIGTERM"]
        var text = "killed by signal \(signal)"
        if let name = names[signal] { text += " (\(name))" }
        // Nobody here sent it: the kernel's out-of-memory killer is the usual sender.
        if signal == 9 { text += ", maybe out of memory" }
        return lastLine.isEmpty ? text : "\(text); last line: \(lastLine)"
    }
}
