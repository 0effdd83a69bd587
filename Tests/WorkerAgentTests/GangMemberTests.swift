import HyperSchedProtocol
import Testing

@testable import WorkerAgent

/// One member of a trial over several agents.
@Suite struct GangMemberTests {
    private static func assignment(rank: Int) -> Assignment {
        var assignment = AgentMachineTests.assignment(slots: [0, 1])
        assignment.gang = GangPlace(
            rank: rank, size: 3, slotsEach: 2, masterAddress: "10.0.0.7", masterPort: 29512)
        return assignment
    }

    @Test func itIsToldWhereTheOthersAre() throws {
        var launch = TrialLaunch(
            assignment: Self.assignment(rank: 2), folder: AttemptFolder(path: "/w/attempts/1.1"),
            parametersFile: "/w/params/1.json", timeLeftSeconds: 5,
            slots: (0..<2).map { Slot(index: $0, kind: .cpu) },
            environment: ["RANK": "77", "HYPERSCHED_NODES": "9", "PATH": "/bin"], workingFolder: "/", programFolder: "/"
        )
        let environment = try launch.trialEnvironment()
        let expected = [
            "MASTER_ADDR": "10.0.0.7", "MASTER_PORT": "29512", "RANK": "2", "NODE_RANK": "2", "WORLD_SIZE": "3",
            "LOCAL_RANK": "0", "LOCAL_WORLD_SIZE": "1", "HYPERSCHED_NODES": "3", "HYPERSCHED_NODE_RANK": "2",
            "HYPERSCHED_SLOTS": "2", "PET_NNODES": "3", "PET_NODE_RANK": "2", "PET_NPROC_PER_NODE": "2",
            "PET_MASTER_ADDR": "10.0.0.7", "PET_MASTER_PORT": "29512", "OMP_NUM_THREADS": "2",
        ]
        for (name, value) in expected { #expect(environment[name] == value, "\(name)") }
        launch.assignment.program = .command(["/bin/sh", "${envvar:MASTER_ADDR}:${envvar:RANK}"])
        #expect(try launch.processLaunch().arguments == ["/bin/sh", "10.0.0.7:2"])
        // A trial on one agent keeps the agent's own variables, but for ours.
        launch.assignment.gang = nil
        let alone = try launch.trialEnvironment()
        #expect(alone["RANK"] == "77" && alone["HYPERSCHED_NODES"] == nil && alone["MASTER_ADDR"] == nil)
    }

    @Test func onlyTheLeadersOutputCounts() {
        let text = """
            hello
            [tune-metric]: {"step": 1, "acc": 0.5, "checkpoint": "c"}
            [hypersched]: {"checkpoint": "d", "step": 1}
            out of memory

            """
        for rank in 0...2 {
            var reader = OutputReader(Self.assignment(rank: rank), after: .init())
            let findings = reader.read(Array(text.utf8), elapsed: 1)
            #expect(findings.entries.compactMap(\.report).count == (rank == 0 ? 1 : 0))
            #expect(findings.entries.compactMap(\.checkpoint).count == (rank == 0 ? 2 : 0))
            #expect(reader.tail.last == "out of memory" && reader.offset == Int64(text.utf8.count))
        }
    }

    /// What an agent before gangs sends and is sent has none of their fields, and is read all the same.
    @Test func oldMessagesAreRead() throws {
        let old = Self.assignment(rank: 0)
        var plain = old
        plain.gang = nil
        let text = String(decoding: WireCoding.encode(plain), as: UTF8.self)
        #expect(!text.contains("gang"))
        #expect(try WireCoding.decode(Assignment.self, from: text) == plain)
        let sync = AgentSync(
            session: "s", slots: [Slot(index: 0, kind: .gpu, device: "GPU-1")], labels: [:], attempts: [],
            seenVersion: 0, waitSeconds: 0, version: "0")
        let sent = String(decoding: WireCoding.encode(sync), as: UTF8.self)
        #expect(!sent.contains("runsGangs") && !sent.contains("address") && !sent.contains("\"gpu\":{"))
        #expect(try WireCoding.decode(AgentSync.self, from: sent) == sync)
    }
}
