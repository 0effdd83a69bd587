import HyperSchedProtocol
import Testing

@testable import TerminalView

@Suite struct ScreenTests {
    @Test func theLiveView() {
        let lines = WatchScreen(SampleSweep.snapshot(), width: 110, height: 24).lines()
        #expect(
            plain(lines) == """
                fashion-nbdt  sweep 12  running  5:00 left  deadline 2026-11-24T06:10:00.000Z
                slots  █████··· 5 of 8 held   trials: 2 running, 1 paused, 1 pruned
                leader trial 3  val_soft_accuracy 0.91235 at epoch 16, target 0.95

                rank  trial  state    slots  epoch  val_soft_accuracy  curve             configuration
                   1      3  running      4     16            0.91235  ▁▂▂▃▃▄▄▅▅▆▆▇▇███  hierarchy=induced lr=0.01235
                   2      1  paused       -      4               0.85  ▂×▆▇              hierarchy=induced lr=0.1
                   3      2  pruned       -      1                0.5  ▁                 hierarchy=induced lr=0.3
                   -      4  running      1      0                  -                    hierarchy=induced lr=0.002

                    +1:01  prune trial 2: 0.5 is below 0.6, the cut-off at epoch 1
                    +2:05  resize trial 3: 4 slots do 1.9 times the work by the deadline
                 +1:06:40  close_admission: no new trial can catch up
                Ctrl-C leaves this view; the sweep goes on
                """)
    }

    @Test func aSmallTerminalIsEnough() {
        let snapshot = SampleSweep.snapshot(SampleSweep.summary(warnings: ["no agent"]))
        let lines = WatchScreen(snapshot, width: 60, height: 13).lines()
        #expect(
            plain(lines) == """
                fashion-nbdt  sweep 12  running  5:00 left  deadline 2026-1…
                slots  █████··· 5 of 8 held   trials: 2 running, 1 paused, …
                leader trial 3  val_soft_accuracy 0.91235 at epoch 16, targ…
                ! no agent

                rank  trial  state    slots  epoch  val_soft_accuracy  curv…
                   1      3  running      4     16            0.91235  ▁▁▂▂…
                   2      1  paused       -      4               0.85  ▂×▆▇…

                    +1:01  prune trial 2: 0.5 is below 0.6, the cut-off at …
                    +2:05  resize trial 3: 4 slots do 1.9 times the work by…
                 +1:06:40  close_admission: no new trial can catch up
                Ctrl-C leaves this view; the sweep goes on
                """)
        for (width, height) in [(1, 1), (20, 8), (40, 10), (400, 200)] {
            let lines = WatchScreen(snapshot, width: width, height: height).lines()
            #expect(lines.count <= max(height, 8))
            #expect(lines.allSatisfy { $0.width <= max(width, 20) })
        }
    }

    @Test func theLastWord() {
        #expect(
            plain(
                SweepReport(SampleSweep.snapshot(ended)).final(
                    winner: winner, attempts: SampleSweep.attempts, width: 100))
                    == """
                    fashion-nbdt  sweep 12  deadline_reached
                    runs       workload nbdt
                    metric     maximize val_soft_accuracy, target 0.95
                    search     random over lr, hierarchy, batch_size
                    policy     hypersched, epoch 1 to 16
                    deadline   2026-11-24T06:10:00.000Z, 0:20 over
                    created    2026-11-24T06:00:00.000Z, ended 2026-11-24T06:10:10.000Z
                    slots      5 held of 8 usable
                    trials     2 running, 1 paused, 1 pruned
                    best       trial 3 with val_soft_accuracy 0.912346 at epoch 16

                    rank  trial  state    slots  epoch  val_soft_accuracy  curve             configuration
                       1      3  running      4     16            0.91235  ▁▂▂▃▃▄▄▅▅▆▆▇▇███  hierarchy=induced lr=0.012…
                       2      1  paused       -      4               0.85  ▂×▆▇              hierarchy=induced lr=0.1
                       3      2  pruned       -      1                0.5  ▁                 hierarchy=induced lr=0.3
                       -      4  running      1      0                  -                    hierarchy=induced lr=0.002

                    slots per trial against time; one column is 6.93 s
                    trial 1   |111111111111111111......................................................................|
                    trial 2   |111111111...............................................................................|
                    trial 3   |........11111111114444444444444444444444444444444444444444444444444444444444444444444444|
                    trial 4   |............................c...........................................................|
                              ++--------------+--------------+--------------+--------------+--------------+----------D-+
                               0s             104s           208s           311.9s         415.9s         519.9s
                               deadline at 600s (D)

                    winner     trial 3
                      batch_size: 64
                      hierarchy: induced
                      lr: 0.0123456
                    checkpoint /var/lib/x.tar
                    the target of val_soft_accuracy was not reached: 0.91235 instead of 0.95
                    """)
    }

    @Test func oneTrial() {
        #expect(
            plain(TrialCard.lines(winner, width: 100)) == """
                trial 3  of sweep 12  running
                rank       1
                objective  0.912346 at step 16
                trained    16 steps in 6:41
                slots      4
                failures   0
                seed       5
                metrics    val_soft_accuracy, train_loss
                reason     at the deadline
                checkpoint latest: step 16, 117.7 MiB, attempt 2, sha256 ab12
                           /var/lib/x.tar
                configuration
                  batch_size: 64
                  hierarchy: induced
                  lr: 0.0123456

                attempt  agent  slots    started   ran  outcome      message
                      1  n1     0          +0:00  1:05  interrupted
                      2  n1     0,1,2,3    +1:10     …  running
                """)
    }

    @Test func aChildShowsWhereItComesFrom() {
        var child = winner
        child.lineage = Lineage(parent: TrialID(2), parentStep: 4, replaces: TrialID(1))
        let card = plain(TrialCard.lines(child, width: 120))
        #expect(
            card.contains(
                """
                trained    16 steps, 4 of them by its parent; its own in 6:41
                parent     trial 2 at step 4, in the place of trial 1
                slots      4
                """))
    }

    @Test func theStoryOfDecisions() {
        #expect(
            plain(DecisionText.story(SampleSweep.decisions, since: SampleSweep.start)) == """
                    +0:00  start trial 1: first
                           rule admission
                    +1:01  prune trial 2: 0.5 is below 0.6, the cut-off at epoch 1
                           rule rung_cutoff  cutoff=0.6  score=0.5
                           rivals, best first: 3, 1
                    +2:05  resize trial 3: 4 slots do 1.9 times the work by the deadline
                           rule resize_gain
                 +1:06:40  close_admission: no new trial can catch up
                           rule admission
                """)
    }

    @Test func listings() {
        var foretold = SampleSweep.summary(best: nil)
        foretold.forecast = SampleSweep.forecast
        #expect(
            plain(Listings.sweeps([ended, foretold], width: 120)) == """
                sweep  name          state             time       slots  trials  metric                best  trial  P(target)
                   12  fashion-nbdt  deadline_reached  -              5       4  val_soft_accuracy  0.91235      3          -
                   12  fashion-nbdt  running           5:00 left      5       4  val_soft_accuracy        -      -       22 %
                """)
        let agent = AgentSummary(
            id: AgentID("n1"), state: .live, slots: [Slot(index: 0, kind: .cpu), Slot(index: 1, kind: .gpu)],
            labels: ["zone": "a"], attempts: [AttemptID(trial: TrialID(3), number: 2)], slotsHeld: 2,
            lastSyncSeconds: 3.2, version: "0.1.0")
        #expect(
            plain(Listings.agents([agent], width: 120)) == """
                agent  state  slots         held      seen  version  attempts  labels
                n1     live   1 cpu, 1 gpu     2  0:03 ago  0.1.0    3.2       zone=a
                """)
    }

    @Test func theStatusLine() {
        let expected =
            "sweep 12 running, 5:00 left, slots 5 of 8, trials: 2 running, 1 paused, 1 pruned; "
            + "trial 3 leads with val_soft_accuracy 0.91235"
        #expect(plain([SweepReport(SampleSweep.snapshot()).statusLine()]) == expected)
    }

    private let ended = SampleSweep.summary(
        state: .deadlineReached, timeLeft: -20, endedAt: SampleSweep.start.advanced(bySeconds: 610))

    private let winner = TrialDetail(
        ranked: SampleSweep.ranking[0], sweep: SweepID(12), index: 2, seed: 5, stateReason: "at the deadline",
        failures: 0, trainedSeconds: 401.5, metricNames: ["val_soft_accuracy", "train_loss"],
        latestCheckpoint: CheckpointInfo(
            sha256: "ab12", size: 123_456_789, step: 16, attempt: AttemptID(trial: TrialID(3), number: 2)),
        bestCheckpointPath: "/var/lib/x.tar",
        attempts: [
            SampleSweep.attempt(3, 1, slots: 1, from: 60, to: 125, outcome: .interrupted),
            SampleSweep.attempt(3, 2, slots: 4, from: 130, to: nil),
        ])
}

extension ScreenTests {
    @Test func anAgentWithSharedGPUs() {
        let slots = (0..<4).map { place in
            Slot(
                index: place, kind: .gpu, device: "GPU-\(place % 2)",
                gpu: GPUDescription(index: place % 2, name: "NVIDIA H100", memory: 81559, part: place / 2))
        }
        let agent = AgentSummary(
            id: AgentID("n1"), state: .live, slots: slots + [Slot(index: 4, kind: .cpu)], labels: ["zone": "a"],
            attempts: [AttemptID(trial: TrialID(3), number: 2)], slotsHeld: 2, lastSyncSeconds: 3.2, version: "0.1.0")
        #expect(
            plain(AgentCard.lines(agent, width: 120)) == """
                agent n1  live
                slots     1 cpu, 4 gpu (on 2); 2 held
                runs      3.2
                labels    zone=a
                seen      0:03 ago
                version   0.1.0

                slot      memory  model        device
                gpu0.0  79.6 GiB  NVIDIA H100  GPU-0
                gpu1.0  79.6 GiB  NVIDIA H100  GPU-1
                gpu0.1  79.6 GiB  NVIDIA H100  GPU-0
                gpu1.1  79.6 GiB  NVIDIA H100  GPU-1
                cpu4           -  -            -
                """)
    }
}
