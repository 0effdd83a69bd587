internal import HyperSchedProtocol
internal import Scheduler

/// Writes down what trials would have done if somebody had started and stopped them by hand, without the scheduler.
struct HandRun {
    /// How far a trial has come.
    struct Progress {
        let index: Int
        var step = 0
        var attempts = 0
        /// Best objective so far, in the metric's own direction.
        var best: Double?
        /// When its last attempt gave its slots back.
        var endedAt = 0.0
        /// It has no further step.
        var isOver = false
    }

    let setup: SimulationSetup
    private var outcome = SimulationOutcome()

    init(_ setup: SimulationSetup) { self.setup = setup }

    /// When trials are told to stop, so that their last checkpoints are durable at the deadline.
    var trainingEnds: Double { setup.duration - setup.stopSeconds }

    /// One attempt of a trial: from now until an instant, a step or the end of its run.
    mutating func train(_ before: Progress, slots: Int, from begin: Double, until end: Double, to step: Int?)
        -> Progress
    {
        var progress = before
        progress.attempts += 1
        if progress.attempts == 1 { outcome.trialsStarted += 1 } else { outcome.restarts += 1 }
        let (run, speed) = (setup.trial(before.index), setup.throughput.speed(slots: slots))
        let last = min(step ?? .max, run.objective.count, setup.spec.steps.max)
        var time = begin + setup.startupSeconds
        while progress.step < last, time + run.stepSeconds[progress.step] / speed <= end {
            let seconds = run.stepSeconds[progress.step] / speed
            time += seconds
            outcome.trainingSlotSeconds += seconds * Double(slots)
            note(run.objective[progress.step], at: time, &progress)
            guard run.objective[progress.step - 1].isFinite else {
                progress.isOver = true
                break
            }
        }
        let isDone = progress.step == last || progress.isOver
        progress.isOver = progress.isOver || progress.step >= min(run.objective.count, setup.spec.steps.max)
        // Stopped in the middle of a step it holds its slots until then.
        progress.endedAt = min(max(begin, isDone ? time : end), setup.duration)
        hold(progress, slots: slots, from: begin)
        return progress
    }

    private mutating func note(_ value: Double, at time: Double, _ progress: inout Progress) {
        progress.step += 1
        outcome.points.append(.init(seconds: time, trial: id(progress), step: progress.step, objective: value))
        guard value.isFinite else { return }
        let metric = setup.spec.metric
        if progress.best.map({ metric.score(of: value) > metric.score(of: $0) }) ?? true { progress.best = value }
    }

    private mutating func hold(_ progress: Progress, slots: Int, from begin: Double) {
        outcome.heldSlotSeconds += (progress.endedAt - begin) * Double(slots)
        outcome.attempts.append(
            AttemptRecord(
                attempt: AttemptID(trial: id(progress), number: progress.attempts), agent: AgentID("agent0"),
                slots: Array(0..<slots), startedAt: setup.start.advanced(bySeconds: begin),
                endedAt: setup.start.advanced(bySeconds: progress.endedAt), outcome: .interrupted))
    }

    private func id(_ progress: Progress) -> TrialID { TrialID(Int64(progress.index) + 1) }

    /// Everything in the order of time.
    consuming func finish() -> SimulationOutcome {
        outcome.points.sort { ($0.seconds, $0.trial) < ($1.seconds, $1.trial) }
        outcome.attempts.sort { ($0.endedAt!, $0.attempt) < ($1.endedAt!, $1.attempt) }
        let metric = setup.spec.metric
        for point in outcome.points where point.objective.isFinite {
            let best = outcome.best.map { metric.score(of: $0) } ?? -.infinity
            if metric.score(of: point.objective) > best {
                outcome.improvements.append(
                    .init(seconds: point.seconds, objective: point.objective, trial: point.trial))
            }
        }
        outcome.state = .deadlineReached
        outcome.endedSeconds = setup.duration
        let offered = setup.agents.reduce(0) { $0 + $1.capacity(from: 0, to: setup.duration) }
        outcome.utilization = offered > 0 ? outcome.heldSlotSeconds / offered : 0
        return outcome
    }
}
