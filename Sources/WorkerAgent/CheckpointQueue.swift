public import HyperSchedProtocol

/// A directory below an attempt's checkpoint directory that its program says is complete.
public struct CheckpointAnnouncement: Hashable, Sendable, Codable {
    /// One plain path component; `.` stands for the whole checkpoint directory.
    public var name: String
    /// Completed steps.
    public var step: Int
    /// The objective measured on it, where it came with a report.
    public var objective: MetricValue?

    public init(name: String, step: Int, objective: MetricValue? = nil) {
        self.name = name
        self.step = step
        self.objective = objective
    }

    /// The checkpoint directory itself.
    public static let wholeDirectory = "."

    /// True for a name that can not lead out of the checkpoint directory.
    public var hasPlainName: Bool {
        !name.isEmpty && name.utf8.count <= 255 && name != "." && name != ".." && !name.hasPrefix("-")
            && !name.utf8.contains { $0 == 0x2F || $0 == 0 }
    }
}

/// Which checkpoints of one attempt are uploaded, and which directories may be deleted.
///
/// One upload at a time. The newest one always gets its turn; of those that waited meanwhile only the best does, and
/// only where it is better than all that were uploaded before. On the agent's disk the newest stays.
public struct CheckpointQueue: Hashable, Sendable {
    private let goal: Metric.Goal
    /// Announced and not yet decided on, oldest first.
    private var waiting: [CheckpointAnnouncement] = []
    public private(set) var uploading: CheckpointAnnouncement?
    private var newest: CheckpointAnnouncement?
    private var bestUploaded: Double?
    /// True when anything was ever announced.
    public var hasAny: Bool { newest != nil }
    /// True when nothing waits and nothing is under way.
    public var isIdle: Bool { waiting.isEmpty && uploading == nil }

    public init(goal: Metric.Goal) { self.goal = goal }

    /// What ``next()`` decided.
    public struct Step: Hashable, Sendable {
        public var upload: CheckpointAnnouncement?
        /// Directories that nobody needs any more, in the order of their announcement.
        public var prune: [String] = []
    }

    /// Adds a checkpoint. A second announcement of a name replaces the first one.
    public mutating func add(_ announcement: CheckpointAnnouncement) {
        waiting.removeAll { $0.name == announcement.name }
        waiting.append(announcement)
        if let newest, newest.name != announcement.name, newest.name != uploading?.name,
            !waiting.contains(where: { $0.name == newest.name })
        {
            // It was uploaded before and kept only for being the newest.
            settled.append(newest.name)
        }
        newest = announcement
    }

    /// Directories whose upload is over, still to be pruned.
    private var settled: [String] = []

    /// Decides what to upload now, if nothing is under way.
    public mutating func next() -> Step {
        var step = Step()
        if uploading == nil, !waiting.isEmpty {
            let chosen = choose()
            step.upload = chosen.upload
            uploading = chosen.upload
            settled += chosen.skipped
        }
        var seen: Set<String> = []
        step.prune = settled.filter { name in
            name != newest?.name && name != CheckpointAnnouncement.wholeDirectory && seen.insert(name).inserted
        }
        settled = []
        return step
    }

    /// The upload that was under way is over: stored, or refused for good.
    public mutating func finished(stored: Bool) {
        guard let done = uploading else { return }
        uploading = nil
        if stored, let score = score(of: done) { bestUploaded = max(bestUploaded ?? score, score) }
        if done.name != newest?.name, !waiting.contains(where: { $0.name == done.name }) { settled.append(done.name) }
    }

    /// A waiting one was stored by an earlier process of the agent.
    public mutating func settle(_ name: String) {
        guard let index = waiting.firstIndex(where: { $0.name == name }) else { return }
        if let score = score(of: waiting[index]) { bestUploaded = max(bestUploaded ?? score, score) }
        waiting.remove(at: index)
        settled.append(name)
    }

    /// Nothing more is to be uploaded.
    public mutating func clear() {
        waiting = []
        uploading = nil
    }

    private mutating func choose() -> (upload: CheckpointAnnouncement, skipped: [String]) {
        let last = waiting.count - 1
        var best: Int?
        for index in waiting.indices {
            guard let score = score(of: waiting[index]), bestUploaded.map({ score > $0 }) ?? true else { continue }
            // Of equals the later one: it has been trained longer.
            if best.flatMap({ self.score(of: waiting[$0]) }).map({ score >= $0 }) ?? true { best = index }
        }
        let upload = waiting[best ?? last]
        let rest = best == nil || best == last ? [] : [waiting[last]]
        let skipped = waiting.indices.filter { $0 != best && $0 != last }.map { waiting[$0].name }
        waiting = rest
        return (upload, skipped)
    }

    private func score(of announcement: CheckpointAnnouncement) -> Double? {
        guard let objective = announcement.objective, objective.isFinite else { return nil }
        return goal == .maximize ? objective.number : -objective.number
    }
}
