import Foundation
import HyperSchedClient
import HyperSchedProtocol
import Testing

/// `method: external` with real programs: the bridge to Optuna, and the command line.
@Suite(.serialized, .timeLimit(.minutes(5))) struct BridgeTests {
    /// `HYPERSCHED_PYTHON`, or Debian's.
    static let python = ProcessInfo.processInfo.environment["HYPERSCHED_PYTHON"] ?? "/usr/bin/python3"
    static let hasOptuna = run(["-c", "import optuna"]).status == 0

    static let bridge = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "examples/optuna_bridge.py").path()

    static func run(_ arguments: [String]) -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: python)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        guard (try? process.run()) != nil else { return (-1, "there is no \(python)") }
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }

    private static func sweep(policy: String, trials: Int) -> String {
        """
        name: outside
        command: [/bin/sh, -c, 'for s in 1 2 3 4; do echo "loss=$HYPERSCHED_PARAM_OPT_LR"; done']
        method: external
        metric: {name: loss, goal: minimize}
        parameters:
          kind: {values: [a, b]}
          opt:
            parameters:
              lr: {distribution: log_uniform_values, min: 1e-4, max: 1}
              momentum: {min: 0.0, max: 0.9, condition: {kind: b}}
          layers: {min: 1, max: 4}
          width: {distribution: q_uniform, min: 16, max: 64, q: 16}
          noise: {distribution: normal, mu: 1, sigma: 2}
        run_cap: \(trials)
        hypersched: {in: 4m, policy: \(policy), steps: {unit: epoch, min: 1, max: 4}, external: {wait: 30s}}
        """
    }

    @Test(
        .enabled(if: hasOptuna, "Optuna is not installed: pip install optuna, HYPERSCHED_PYTHON=path"),
        arguments: ["fifo", "asha"])
    func optunaProposesAllTrials(policy: String) async throws {
        let cluster = try LiveCluster()
        try cluster.startDaemon()
        try cluster.startAgent()
        let id = try cluster.submit(Self.sweep(policy: policy, trials: 14))
        let (status, output) = Self.run([Self.bridge, "--daemon", cluster.url, "--sweep", "\(id)", "--seed", "3"])
        #expect(status == 0, "\(output)")
        let ranking = try await cluster.client.ranking(of: id).items
        #expect(ranking.count == 14)
        for trial in ranking {
            #expect(trial.configuration["opt.lr"] != nil)
            #expect((trial.configuration["opt.momentum"] != nil) == (trial.configuration["kind"] == .string("b")))
        }
        // Under asha a trial that was paused first counts as pruned.
        if policy == "fifo" { #expect(output.contains("best of 14 complete trials")) }
        // Started again it finds nothing to do, and knows the old trials.
        let again = Self.run([Self.bridge, "--daemon", cluster.url, "--sweep", "\(id)"])
        #expect(again.status == 0 && again.output.contains("best of"), "\(again.output)")
        cluster.shutDown()
    }

    @Test func proposalsFromTheCommandLineSurviveTheDaemon() async throws {
        let cluster = try LiveCluster()
        try cluster.startDaemon()
        let id = try cluster.submit(Self.sweep(policy: "fifo", trials: 3))
        let values = ["kind=b", "opt.lr=0.5", "opt.momentum=0.25", "layers=2", "width=32", "noise=-1"]
        let proposed = try cluster.run(["sweep", "propose", "\(id)", "--key", "one"] + values)
        #expect(proposed.status == 0 && proposed.output.hasPrefix("trial 1 waiting: "), "\(proposed)")
        cluster.killDaemon()
        try cluster.startDaemon()
        let again = try cluster.run(["sweep", "propose", "\(id)", "--key", "one"] + values)
        #expect(again.output.hasPrefix("trial 1 "))
        let bad = try cluster.run([
            "sweep", "propose", "\(id)", "kind=c", "opt.lr=2", "layers=2", "width=32", "noise=x",
        ])
        #expect(bad.status == 1)
        for part in ["configuration.kind", "configuration.opt.lr", "configuration.noise"] {
            #expect(bad.errors.contains(part), "\(bad.errors)")
        }
        try cluster.startAgent()
        #expect(try cluster.run(["sweep", "propose", "\(id)", "--close"]).status == 0)
        let watch = try cluster.run(["sweep", "watch", "\(id)", "--plain"])
        #expect(watch.status == 0, "\(watch.errors)")
        #expect(try cluster.sweep(id).best?.objective == 0.5)
        let observed = try cluster.run(["sweep", "observations", "\(id)"])
        #expect(observed.output.contains("completed") && observed.output.contains("wanted 0; sweep finished"))
        cluster.shutDown()
    }
}
