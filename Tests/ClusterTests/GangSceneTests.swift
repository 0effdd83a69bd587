import HyperSchedProtocol
import Testing

@testable import Scheduler

/// One gang of two agents, event by event.
@Suite struct GangSceneTests {
    private let agents = [AgentID("a"), AgentID("b")]

    private func scene(addresses: [String?] = ["10.0.0.1", "10.0.0.2"], others: Int = 0) -> Scene {
        var scene = Scene()
        for (name, address) in zip(agents, addresses) { join(&scene, name, address: address) }
        for place in 0..<others { join(&scene, AgentID("c\(place)"), address: "10.0.1.\(place)") }
        var spec = Scene.spec()
        spec.slots = SlotRequest(min: 4, agents: 2)
        scene.submit(spec)
        return scene
    }

    private func join(
        _ scene: inout Scene, _ name: AgentID, slots: Int = 2, address: String? = nil, session: String = "s",
        attempts: [AttemptID] = [], seen: Int64 = 0
    ) {
        scene.apply(
            .agentSynced(
                name,
                AgentSync(
                    session: session, slots: (0..<slots).map { Slot(index: $0, kind: .cpu) }, labels: [:],
                    attempts: attempts, seenVersion: seen, waitSeconds: 0, version: "1", runsGangs: true,
                    address: address)))
    }

    private func wanted(_ scene: Scene, _ agent: AgentID) -> [Assignment] {
        scene.state.desiredState(of: agent, at: scene.now)!.assignments
    }

    private func end(
        _ scene: inout Scene, on agent: AgentID, _ outcome: AttemptOutcome, exit: Int? = nil, message: String = ""
    ) {
        let ended = AttemptEnded(
            attempt: scene.attempt(1), outcome: outcome, exitCode: exit, message: message, elapsedSeconds: 5)
        scene.apply(.reported(agent, ReportBatch(session: "s", reports: [], ended: [ended])))
    }

    private func report(_ scene: inout Scene, from agent: AgentID, sequence: Int64, step: Int) -> EventResult {
        let report = TrialReport(
            attempt: scene.attempt(1), sequence: sequence, step: step, metrics: ["acc": 0.5], elapsedSeconds: 1)
        return scene.apply(.reported(agent, ReportBatch(session: "s", reports: [report], ended: [])))
    }

    @Test func eachMemberIsToldItsPlace() {
        let scene = scene()
        for (rank, agent) in agents.enumerated() {
            let assignment = wanted(scene, agent)[0]
            #expect(assignment.attempt == scene.attempt(1) && assignment.slots == [0, 1])
            #expect(
                assignment.gang
                    == GangPlace(rank: rank, size: 2, slotsEach: 2, masterAddress: "10.0.0.1", masterPort: 29501))
        }
        #expect(scene.decisions.contains { $0.reason.text.hasSuffix("on a, b, the first one leads") })
    }

    /// An agent on the daemon's own machine is reached by nobody else under 127.0.0.1.
    @Test func theLeaderIsWithinReach() {
        let scene = scene(addresses: ["127.0.0.1", "10.0.0.2"])
        #expect(scene.lease(1)!.agents == [AgentID("b"), AgentID("a")])
        #expect(wanted(scene, agents[0])[0].gang?.masterAddress == "10.0.0.2")
        #expect(self.scene(addresses: ["127.0.0.1", "127.0.0.1"]).lease(1)!.agents == agents)
    }

    @Test func onlyTheLeaderReports() {
        var scene = scene()
        #expect(report(&scene, from: agents[1], sequence: 1, step: 5) == .receipt(ReportReceipt(stale: 1)))
        #expect(scene.trial(1).lastStep == 0)
        #expect(report(&scene, from: agents[0], sequence: 1, step: 1) == .receipt(ReportReceipt(accepted: 1)))
        #expect(scene.trial(1).lastStep == 1)
    }

    @Test func aFailureOfOneMemberEndsBothAndFreesNothingBefore() {
        var scene = scene()
        _ = report(&scene, from: agents[0], sequence: 1, step: 1)
        scene.checkpoint(1, step: 1)
        end(&scene, on: agents[1], .failed, exit: 1, message: "CUDA error")
        #expect(wanted(scene, agents[1]).isEmpty)
        #expect(wanted(scene, agents[0]).map(\.goal) == [.stop])
        #expect(scene.lease(1)!.slotCount == 4 && scene.changes.leases.count == 1)
        #expect(scene.decisions.last?.reason.rule == "gang")
        #expect(scene.state.slotsHeld(by: SweepID(1)) == 4)
        // Said twice, it is the same.
        end(&scene, on: agents[1], .failed, exit: 1, message: "CUDA error")
        #expect(scene.trial(1).failures == 0)
        scene.checkpoint(1, step: 2)
        end(&scene, on: agents[0], .interrupted)
        #expect(scene.changes.endedAttempts.map(\.outcome) == [.failed])
        #expect(scene.changes.endedAttempts[0].slots == [0, 1, 0, 1])
        #expect(scene.trial(1).failures == 1 && scene.trial(1).attempt == 2, "it is tried again")
        #expect(scene.decisions.contains { $0.reason.text.contains("rank 1 on b: CUDA error") })
        #expect(wanted(scene, agents[1])[0].resumeFrom?.step == 2)
        #expect(wanted(scene, agents[1])[0].gang?.masterPort == 29538, "another port than before")
    }

    @Test func theLastStepEndsBothOnce() {
        var scene = scene()
        _ = report(&scene, from: agents[0], sequence: 1, step: 10)
        #expect(agents.allSatisfy { wanted(scene, $0)[0].goal == .stop })
        end(&scene, on: agents[0], .exited)
        #expect(scene.trial(1).state == .running)
        end(&scene, on: agents[1], .interrupted)
        #expect(scene.trial(1).state == .completed)
    }

    @Test func aMemberThatIsThroughWaitsForTheLeader() {
        var scene = scene()
        _ = report(&scene, from: agents[0], sequence: 1, step: 3)
        end(&scene, on: agents[1], .exited)
        #expect(wanted(scene, agents[0]).map(\.goal) == [.run], "it may have a checkpoint to write")
        end(&scene, on: agents[0], .exited)
        #expect(scene.trial(1).state == .completed)
        #expect(scene.trial(1).stateReason?.contains("ended by itself") == true)
    }

    @Test func aSilentAgentEndsTheGangWhenTheOtherMemberIsGone() {
        var scene = scene()
        _ = report(&scene, from: agents[0], sequence: 1, step: 1)
        scene.checkpoint(1, step: 1)
        for _ in 0..<8 {
            scene.now = scene.now.advanced(bySeconds: 10)
            join(&scene, agents[0], address: "10.0.0.1", attempts: [scene.attempt(1)])
        }
        #expect(scene.state.agent(agents[1])!.lost && scene.lease(1)?.goal == .stop)
        // It comes back while the other one still stops: it is not to go on.
        join(&scene, agents[1], address: "10.0.0.2", attempts: [scene.attempt(1)], seen: 1)
        #expect(wanted(scene, agents[1]).isEmpty && scene.lease(1)!.slotCount == 4)
        end(&scene, on: agents[0], .interrupted)
        #expect(scene.changes.endedAttempts.map(\.outcome) == [.lost])
        #expect(scene.trial(1).failures == 0 && scene.trial(1).attempt == 2)
    }

    /// The daemon is restarted when one member is gone and the other has not heard of it yet.
    @Test func aRestartInTheMiddleChangesNothing() {
        var scene = scene(others: 1)
        end(&scene, on: agents[1], .failed, exit: 1, message: "x")
        var snapshot = ClusterSnapshot()
        snapshot.sweeps = scene.state.sweeps
        snapshot.trials = [scene.trial(1)]
        snapshot.agents = scene.state.agents
        snapshot.leases = scene.state.leases
        (snapshot.lastSweep, snapshot.lastTrial) = (1, 1)
        let encoded = try? WireCoding.decode(LeaseRecord.self, from: WireCoding.encode(scene.lease(1)!))
        #expect(encoded == scene.lease(1))
        scene.state = ClusterState(restoring: snapshot, settings: scene.state.settings, at: scene.now)
        #expect(wanted(scene, agents[0]).map(\.goal) == [.stop] && wanted(scene, agents[1]).isEmpty)
        end(&scene, on: agents[0], .killed)
        #expect(scene.changes.endedAttempts.map(\.outcome) == [.failed])
        #expect(scene.state.leases.count == 1 && scene.trial(1).attempt == 2)
    }

    @Test func agentsThatKnowNoGangsAreLeftAlone() {
        var scene = Scene()
        join(&scene, agents[0], address: "10.0.0.1")
        scene.join(slots: 2, name: agents[1])
        var spec = Scene.spec()
        spec.slots = SlotRequest(min: 2, agents: 2)
        scene.submit(spec)
        #expect(scene.state.leases.isEmpty)
        join(&scene, agents[1], address: "10.0.0.2")
        #expect(scene.state.leases.count == 2)
    }
}
