public import HyperSchedProtocol

extension SweepSummary {
    /// The daemon's time when it gave this answer: no clock of this machine is needed.
    package var answeredAt: Timestamp { spec.deadline.advanced(bySeconds: -timeLeftSeconds) }

    /// `3 running, 2 paused`, in the order of the trials' lives.
    package var trialCounts: String {
        let parts = TrialState.allCases.compactMap { state in
            trials[state.rawValue].map { "\($0) \(state.rawValue)" }
        }
        return parts.isEmpty ? "none yet" : parts.joined(separator: ", ")
    }

    /// `0:12:31 left`, `0:12 over`
    package var timeLeftText: String {
        timeLeftSeconds >= 0
            ? ValueText.duration(timeLeftSeconds) + " left" : ValueText.duration(-timeLeftSeconds) + " over"
    }

    /// What keeps trials from starting, beside the warnings: a pause, agents that it leaves alone.
    package var obstacleTexts: [String] {
        let closed = (breakers ?? []).filter { $0.closedUntil != nil }
        return [pause?.reason].compactMap(\.self)
            + closed.map { "nothing is started on \($0.agent) (\($0.kind.rawValue)): \($0.explanation)" }
    }

    /// It has paused itself, and nothing runs: somebody has to look.
    package var isStuck: Bool { !state.isTerminal && pause?.by == .breaker && slotsHeld == 0 }

    /// `running`, or `paused` where it starts nothing.
    package var stateText: String { pause == nil || state.isTerminal ? state.rawValue : "paused" }

    var stateStyle: StyledLine.Style {
        if pause != nil, !state.isTerminal { return .warning }
        return ownStyle
    }

    private var ownStyle: StyledLine.Style {
        switch state {
        case .queued: .warning
        case .running, .finished: .good
        case .deadlineReached: .strong
        case .cancelled, .failed: .bad
        }
    }
}

extension SweepSummary {
    /// How a sweep that has ended is to be judged by a program, see docs/CLI.md.
    public enum Verdict: Hashable, Sendable {
        case notEnded
        /// There is a model, and it is as good as was asked for.
        case good
        /// Why it is not.
        case bad(String)
    }

    public var verdict: Verdict {
        guard state.isTerminal else { return .notEnded }
        switch state {
        case .failed: return .bad("the sweep failed")
        case .cancelled: return .bad("the sweep was cancelled")
        case .queued, .running, .finished, .deadlineReached: break
        }
        guard let objective = best?.objective else { return .bad("no trial reported \(spec.metric.name) in time") }
        guard let target = spec.metric.target, spec.metric.score(of: objective) < spec.metric.score(of: target) else {
            return .good
        }
        let numbers = "\(ValueText.number(objective)) instead of \(ValueText.number(target))"
        return .bad("the target of \(spec.metric.name) was not reached: \(numbers)")
    }
}
