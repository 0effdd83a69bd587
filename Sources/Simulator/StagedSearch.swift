internal import HeapModule
internal import HyperSchedProtocol
internal import Scheduler

/// A search in two fixed stages, for comparison: first every trial trains alone on `slots.min` slots, in the order in
/// which they are drawn; then the best ones train on, with all slots dealt among them. Nobody is judged in between.
public struct StagedSearch: Hashable, Sendable {
    /// Share of the time to the deadline after which the first stage ends; nil: when all trials have done their part.
    public var exploreShare: Double?
    /// Steps of each trial in the first stage; nil: all.
    public var exploreSteps: Int?
    /// Trials of the second stage; nil: as many as fit side by side.
    public var keeps: Int?

    public init(exploreShare: Double? = nil, exploreSteps: Int? = nil, keeps: Int? = nil) {
        self.exploreShare = exploreShare
        self.exploreSteps = exploreSteps
        self.keeps = keeps
    }

    /// Explores for a fixed share of the time, then gives the leader every slot of the largest agent.
    public static func fixedSplit(_ share: Double) -> StagedSearch { StagedSearch(exploreShare: share, keeps: 1) }

    /// One step for every trial, then the best ones to the end, one per slot (Egele, Guyon, Sun, Balaprakash: "Is One
    /// Epoch All You Need For Multi-Fidelity Hyperparameter Optimization?", arXiv 2307.15422).
    public static let oneEpochTopK = StagedSearch(exploreSteps: 1)

    public func run(_ setup: SimulationSetup) -> SimulationOutcome {
        var log = HandRun(setup)
        let width = setup.spec.slots.min
        let workers = max(1, setup.slots / width)
        let limit = min(log.trainingEnds, exploreShare.map { $0 * setup.duration } ?? .infinity)
        var free = Heap((0..<workers).map { Worker(freeAt: 0, number: $0) })
        var begun: [HandRun.Progress] = []
        for index in 0..<setup.spec.limits.trials {
            var worker = free.popMin()!
            guard worker.freeAt + setup.startupSeconds < limit else { break }
            let progress = log.train(
                HandRun.Progress(index: index), slots: width, from: worker.freeAt, until: limit, to: exploreSteps)
            worker.freeAt = progress.endedAt
            free.insert(worker)
            begun.append(progress)
        }
        let ends = exploreShare == nil ? begun.map(\.endedAt).max() ?? 0 : limit
        let metric = setup.spec.metric
        let ranked = begun.filter { $0.best != nil && !$0.isOver }.sorted {
            let (a, b) = (metric.score(of: $0.best!), metric.score(of: $1.best!))
            return a == b ? $0.index < $1.index : a > b
        }
        let kept = ranked.prefix(keeps ?? workers)
        let share = max(width, min(setup.widestAgent, setup.slots / max(1, kept.count)))
        for progress in kept {
            _ = log.train(progress, slots: share, from: ends + setup.stopSeconds, until: log.trainingEnds, to: nil)
        }
        return log.finish()
    }

    private struct Worker: Comparable {
        var freeAt: Double
        let number: Int

        static func < (a: Worker, b: Worker) -> Bool { (a.freeAt, a.number) < (b.freeAt, b.number) }
    }
}
