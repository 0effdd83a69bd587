internal import HyperSchedProtocol

/// Seconds of training as the measure of progress.
extension TrialRecord {
    /// Checkpoints come a little later than the report of their step; so many reports are remembered meanwhile.
    private static let mostMarks = 32

    /// The next attempt goes on from the latest checkpoint: what was trained after it is lost.
    mutating func startsFromCheckpoint() {
        progressSeconds = latestCheckpoint == nil ? 0 : checkpointSeconds ?? 0
        timeMarks = [TimeMark(step: lastStep, seconds: progressSeconds ?? 0)]
    }

    mutating func trained(_ seconds: Double, to step: Int) {
        let progress = (progressSeconds ?? 0) + seconds
        progressSeconds = progress
        // Its checkpoint was durable before the report came.
        if latestCheckpoint?.step == step { checkpointSeconds = progress }
        timeMarks = Array(((timeMarks ?? []) + [TimeMark(step: step, seconds: progress)]).suffix(Self.mostMarks))
    }

    /// The latest checkpoint is that of `step`. Where several reports told of that step, the last one counts.
    mutating func saved(at step: Int) {
        let marks = timeMarks ?? []
        checkpointSeconds = (marks.last { $0.step <= step } ?? marks.first)?.seconds ?? 0
    }
}

extension StepRange {
    /// Why a trial that got so far is complete.
    func completed(_ steps: Int) -> String {
        isTimed ? "trained for \(steps) s, of \(max) s at most" : "ran to \(unit) \(steps), the last one"
    }
}
