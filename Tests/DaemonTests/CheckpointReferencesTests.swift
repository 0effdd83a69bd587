import HyperSchedProtocol
import Scheduler
import Testing

@testable import DaemonCore

@Suite struct CheckpointReferencesTests {
    private func trial(_ id: Int64, best: String? = nil, latest: String? = nil) -> TrialRecord {
        var trial = TrialRecord(
            id: TrialID(id), sweep: SweepID(1), index: Int(id), configuration: Configuration([]), seed: 0,
            createdAt: Timestamp(milliseconds: 0))
        trial.bestCheckpoint = best.map(checkpoint)
        trial.latestCheckpoint = latest.map(checkpoint)
        return trial
    }

    private func checkpoint(_ sha256: String) -> CheckpointInfo {
        CheckpointInfo(sha256: sha256, size: 1, step: 1, attempt: AttemptID(trial: TrialID(1), number: 1))
    }

    private func own(_ names: String...) -> [CheckpointLocation] { names.map { CheckpointLocation(checkpoint($0)) } }

    @Test func theOldLatestIsGarbageUnlessItIsTheBest() {
        let first = trial(1, best: "a", latest: "a")
        var references = CheckpointReferences([first])
        let second = trial(1, best: "a", latest: "b")
        #expect(references.replace(first, by: second) == [])
        let third = trial(1, best: "a", latest: "c")
        #expect(references.replace(second, by: third) == own("b"))
        let fourth = trial(1, best: "d", latest: "d")
        #expect(references.replace(third, by: fourth) == own("c", "a"))
        #expect(references.own == ["d"])
    }

    @Test func equalArchivesOfTwoTrialsAreOneFile() {
        let (one, two) = (trial(1, latest: "a"), trial(2, latest: "a"))
        var references = CheckpointReferences([one, two])
        #expect(references.replace(one, by: trial(1, latest: "b")) == [])
        #expect(references.contains(own("a")[0]))
        #expect(references.replace(two, by: trial(2, latest: "b")) == own("a"))
    }

    @Test func aChildKeepsItsParentsArchiveUntilItHasOneOfItsOwn() {
        let parent = trial(1, best: "a", latest: "a")
        var references = CheckpointReferences([parent])
        let child = trial(2, latest: "a")
        #expect(references.replace(nil, by: child) == [])
        #expect(references.replace(parent, by: trial(1, best: "b", latest: "b")) == [])
        #expect(references.contains(own("a")[0]))
        #expect(references.replace(child, by: trial(2, best: "c", latest: "c")) == own("a"))
    }

    /// Each attempt has a file of its own outside of the daemon's store, also where the contents are equal.
    @Test func equalArchivesElsewhereAreTwoFiles() {
        func trial(_ id: Int64, _ sha256: String) -> TrialRecord {
            var trial = self.trial(id)
            trial.latestCheckpoint = CheckpointInfo(
                sha256: sha256, size: 1, step: 1, attempt: AttemptID(trial: TrialID(id), number: 2),
                place: .folder("/shared"))
            return trial
        }
        var references = CheckpointReferences([trial(1, "a"), trial(2, "a")])
        #expect(references.own == [])
        let garbage = references.replace(trial(1, "a"), by: trial(1, "b"))
        #expect(garbage.map(\.name) == ["a-1.2.tar"] && garbage.first?.place == .folder("/shared"))
        #expect(references.contains(CheckpointLocation(trial(2, "a").latestCheckpoint!)))
    }

    @Test func aNewTrialOnlyAdds() {
        var references = CheckpointReferences([])
        #expect(references.replace(nil, by: trial(1, latest: "a")) == [])
        #expect(references.own == ["a"])
    }
}

@Suite struct AnchoredClockTests {
    @Test func neverGoesBehindWhatWasStored() async throws {
        let future = Timestamp(milliseconds: 4_000_000_000_000)
        let clock = AnchoredClock(notBefore: future)
        #expect(clock.now() >= future && clock.secondsAhead > 60)
        try await clock.sleep(until: clock.now().advanced(bySeconds: 0.01))
        #expect(clock.now() >= future.advanced(bySeconds: 0.01))
        #expect(AnchoredClock(notBefore: Timestamp(milliseconds: 0)).secondsAhead == 0)
    }
}
