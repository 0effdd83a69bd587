import Foundation
import HyperSchedClient
import HyperSchedProtocol
import Testing

/// Trials over two agents, as real processes.
@Suite(.serialized, .timeLimit(.minutes(8))) struct GangTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let member = root.appending(path: "Tests/EndToEndTests/Programs/gang-member.sh").path()
    private static let torchrun = root.appending(path: "Tests/EndToEndTests/Programs/torchrun.py").path()
    static let hasTorch =
        BridgeTests.run(["-c", "import torch.distributed as d; assert d.is_available(); import torch"]).status == 0
    private static let torchHint: Comment =
        "PyTorch is not installed: apt-get install python3-torch, or pip install torch and HYPERSCHED_PYTHON=path"

    private func sweep(steps: Int, trials: Int = 1, policy: String = "fifo") -> String {
        """
        name: gang
        command: [/bin/bash, "\(Self.member)", "${envvar:MASTER_PORT}"]
        method: random
        metric: {name: acc, goal: maximize}
        parameters: {x: {min: 0.0, max: 1.0}}
        run_cap: \(trials)
        hypersched:
          in: 4m
          policy: \(policy)
          steps: {min: 1, max: \(steps)}
          slots: {min: 4, agents: 2}
          checkpoint: {grace: 10s}
          retry: {max: 1}
        """
    }

    private func start() throws -> LiveCluster {
        let cluster = try LiveCluster()
        setenv("GANG_DIR", cluster.directory.path(), 1)
        try cluster.startDaemon()
        try cluster.startAgent("a")
        try cluster.startAgent("b")
        return cluster
    }

    private func words(_ cluster: LiveCluster, _ attempt: Int, _ file: String) -> [String] {
        cluster.text(of: "1.\(attempt)/\(file)").split(whereSeparator: \.isWhitespace).map(String.init)
    }

    @Test func bothMembersAreToldWhereTheyStand() async throws {
        let cluster = try start()
        let id = try cluster.submit(sweep(steps: 3))
        try await cluster.wait(for: "the end of the sweep") { try cluster.sweep(id).state.isTerminal }
        let summary = try cluster.sweep(id)
        #expect(summary.trials == ["completed": 1], "\(summary)")
        let port = try #require(words(cluster, 1, "0").last)
        #expect((29500..<30500).contains(Int(port) ?? 0), "the macro is expanded with what the trial is told")
        for rank in 0...1 {
            #expect(
                words(cluster, 1, "\(rank)") == [
                    "\(rank)", "\(rank)", "0", "2", "1", "2", "\(rank)", "2", "127.0.0.1:\(port)", "2", "2", "\(rank)",
                    "127.0.0.1:\(port)", port,
                ])
        }
        // The other member's reports are nobody's.
        let trial = try #require(try await cluster.client.ranking(of: id).items.first)
        #expect(trial.lastStep == 3 && trial.objective == 0.3)
        let attempts = try await cluster.client.attempts(of: id).items
        #expect(attempts.map(\.slots) == [[0, 1, 0, 1]])
        #expect(try cluster.leftProcesses().count == 3, "daemon and agents")
        cluster.shutDown()
        #expect(try cluster.leftProcesses().isEmpty)
    }

    /// A member fails, the leader stops with a checkpoint, and both go on from there; then the daemon is killed and
    /// comes back; then an agent is killed, and its member's loss ends the other.
    @Test func aBrokenMemberADeadDaemonAndADeadAgent() async throws {
        let cluster = try start()
        let id = try cluster.submit(sweep(steps: 500))
        func trial() async throws -> TrialDetail { try await cluster.client.trial(TrialID(1)) }
        try await cluster.wait(for: "two steps") { try await trial().ranked.lastStep >= 2 }
        try cluster.write("crash-1", "")
        try await cluster.wait(for: "the second attempt") { words(cluster, 2, "0.began").count == 1 }
        let began = try #require(Int(words(cluster, 2, "0.began")[0]))
        #expect(began >= 2 && words(cluster, 1, "0.end") == ["stopped"], "the leader had its grace")
        try await cluster.wait(for: "the other member") { words(cluster, 2, "1.began") == ["\(began)"] }
        let first = try await cluster.client.attempts(of: id).items[0]
        let message = try #require(first.message)
        #expect(first.outcome == .failed && message.hasPrefix("rank 1 on b: "), "\(message)")
        #expect(message.contains("the interconnect broke"), "\(message)")
        #expect(try await trial().failures == 1)

        cluster.killDaemon()
        try cluster.startDaemon()
        try await cluster.wait(for: "more steps after the restart") { try await trial().ranked.lastStep > began + 3 }
        #expect(try await trial().attempts.count == 2, "nobody noticed the restart")

        cluster.killAgent("b")
        try cluster.startAgent("b")
        try await cluster.wait(for: "the third attempt") { words(cluster, 3, "1.began").count == 1 }
        #expect(words(cluster, 2, "0.end") == ["stopped"])
        #expect(try await trial().failures <= 2)
        #expect(try cluster.run(["sweep", "cancel", "\(id)"]).status == 0)
        try await cluster.wait(for: "free slots") { try cluster.sweep(id).slotsHeld == 0 }
        cluster.shutDown()
        #expect(try cluster.leftProcesses().isEmpty)
    }

    @Test func oneAgentIsNotEnoughAndSaysSo() async throws {
        let cluster = try LiveCluster()
        try cluster.startDaemon()
        try cluster.startAgent("a")
        let id = try cluster.submit(sweep(steps: 3))
        try await cluster.wait(for: "the agent") { try await !cluster.client.agents().items.isEmpty }
        try await cluster.wait(for: "the warning") {
            try cluster.sweep(id).warnings.contains { $0.hasPrefix("slots.agents is 2, but 1 live agents") }
        }
        cluster.shutDown()
    }

    // MARK: PyTorch

    @Test(.enabled(if: hasTorch, torchHint), arguments: ["sweep.yaml", "torchrun.yaml"])
    func torchTrainsOnTwoAgents(file: String) async throws {
        let cluster = try LiveCluster()
        try cluster.startDaemon()
        let example = Self.root.appending(path: "examples/gang")
        for name in ["a", "b"] { try cluster.startAgent(name, options: ["--trial-dir", example.path()]) }
        let text = try String(contentsOf: example.appending(path: file), encoding: .utf8)
            .replacing("[python3, train.py]", with: "[\"\(BridgeTests.python)\", train.py]")
            .replacing("run_cap: 4", with: "run_cap: 1")  // Each start imports torch four times.
            .replacing("{distribution: log_uniform_values, min: 1.0e-3, max: 1.0}", with: "{value: 0.05}")
            .replacing("[torchrun, train.py]", with: "[\"\(BridgeTests.python)\", \"\(Self.torchrun)\", train.py]")
        let id = try cluster.submit(text)
        try await cluster.wait(for: "the end of the sweep") { try cluster.sweep(id).state.isTerminal }
        let summary = try cluster.sweep(id)
        let logs = ["a", "b"].map { cluster.text(of: "agent-\($0).log") }.joined()
        #expect(summary.trials["failed"] == nil && summary.trials["completed", default: 0] >= 1, "\(summary) \(logs)")
        let best = try #require(try await cluster.client.ranking(of: id).items.first)
        let loss = try #require(best.objective)
        let curve = try await cluster.client.curve(of: best.trial).items
        #expect(loss < (try #require(curve.first?.metrics["loss"]?.number)))
        #expect(curve.map(\.step) == Array(1...8), "paused at a rung, it went on from its checkpoint")
        let processes = file == "sweep.yaml" ? 2.0 : 4.0
        #expect(curve.allSatisfy { $0.metrics["processes"]?.number == processes }, "\(curve)")
        cluster.shutDown()
        #expect(try cluster.leftProcesses().isEmpty)
    }
}
