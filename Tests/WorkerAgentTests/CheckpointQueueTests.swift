import HyperSchedProtocol
import Testing
@testable import WorkerAgent

@Suite struct CheckpointQueueTests {
    private func checkpoint(_ step: Int, _ objective: Double? = nil) -> CheckpointAnnouncement {
        CheckpointAnnouncement(name: "c\(step)", step: step, objective: objective.map { MetricValue($0) })
    }

    /// Announces while one upload is under way; returns the names uploaded after it and all that was pruned.
    private func flow(_ goal: Metric.Goal, _ list: [CheckpointAnnouncement]) -> (uploads: [String], pruned: [String]) {
        var queue = CheckpointQueue(goal: goal)
        var uploads: [String] = []
        var pruned: [String] = []
        func advance() {
            let step = queue.next()
            uploads += step.upload.map { [$0.name] } ?? []
            pruned += step.prune
        }
        for item in list {
            queue.add(item)
            advance()
        }
        while !queue.isIdle {
            queue.finished(stored: true)
            advance()
        }
        return (uploads, pruned)
    }

    @Test func bestAndLatest() {
        let list = [checkpoint(1, 0.1), checkpoint(2, 0.9), checkpoint(3, 0.2), checkpoint(4, 0.3)]
        let result = flow(.maximize, list)
        #expect(result.uploads == ["c1", "c2", "c4"])
        #expect(result.pruned.sorted() == ["c1", "c2", "c3"])
    }

    @Test func minimizing() {
        let list = [checkpoint(1, 0.5), checkpoint(2, 0.9), checkpoint(3, 0.2), checkpoint(4, 0.3)]
        #expect(flow(.minimize, list).uploads == ["c1", "c3", "c4"])
    }

    @Test func whatIsNoBetterThanBeforeIsSkipped() {
        let list = [checkpoint(1, 0.5), checkpoint(2, 0.4), checkpoint(3, 0.2)]
        #expect(flow(.maximize, list).uploads == ["c1", "c3"])
    }

    @Test func withoutObjectivesOnlyTheLatest() {
        let list = [checkpoint(1), checkpoint(2), checkpoint(3, .nan), checkpoint(4)]
        #expect(flow(.maximize, list).uploads == ["c1", "c4"])
    }

    @Test func ofEqualsTheLater() {
        let list = [checkpoint(1, 0.1), checkpoint(2, 0.9), checkpoint(3, 0.9), checkpoint(4, 0.2)]
        #expect(flow(.maximize, list).uploads == ["c1", "c3", "c4"])
    }

    @Test func theNewestStaysOnDisk() {
        var queue = CheckpointQueue(goal: .maximize)
        queue.add(checkpoint(1, 0.1))
        #expect(queue.next() == .init(upload: checkpoint(1, 0.1)))
        queue.finished(stored: true)
        #expect(queue.next() == .init())
        queue.add(checkpoint(2, 0.2))
        #expect(queue.next() == .init(upload: checkpoint(2, 0.2), prune: ["c1"]))
    }

    @Test func aFailedUploadIsNoBest() {
        var queue = CheckpointQueue(goal: .maximize)
        queue.add(checkpoint(1, 0.9))
        _ = queue.next()
        queue.add(checkpoint(2, 0.5))
        queue.add(checkpoint(3, 0.1))
        queue.finished(stored: false)
        #expect(queue.next() == .init(upload: checkpoint(2, 0.5), prune: ["c1"]))
    }

    @Test(arguments: ["", ".", "..", "a/b", "/etc", "../x", "-rf", "a\0b", String(repeating: "x", count: 256)])
    func namesThatLeadAway(_ name: String) {
        #expect(!CheckpointAnnouncement(name: name, step: 1).hasPlainName)
    }

    @Test(arguments: ["step-000003", "a b", "…", ".hidden"]) func plainNames(_ name: String) {
        #expect(CheckpointAnnouncement(name: name, step: 1).hasPlainName)
    }
}
