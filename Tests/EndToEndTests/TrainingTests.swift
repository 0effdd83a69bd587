import Foundation
import HyperSchedClient
import HyperSchedProtocol
import Testing

/// The main job, small: real training on Fashion-MNIST through daemon, agent and libtorch.
@Suite(.serialized, .timeLimit(.minutes(6))) struct TrainingTests {
    @Test func aSweepTrainsPausesResizesAndKeepsTheBestModel() async throws {
        let cluster = try LiveCluster()
        try #require(cluster.hasTraining, "hypersched-trial was built without libtorch")
        try cluster.startDaemon()
        try cluster.startAgent()
        let id = try cluster.submit(
            """
            name: small
            workload: nbdt
            method: random
            metric: {name: val_soft_accuracy, goal: maximize}
            parameters:
              lr: {distribution: log_uniform_values, min: 0.05, max: 0.2}
              epoch_images: {value: 2000}
              batch_size: {value: 32}
            run_cap: 2
            hypersched:
              in: 5m
              policy: {name: hypersched, eta: 2, cooldown_reports: 0, drop_at_closing: false}
              steps: {unit: epoch, min: 1, max: 8}
              checkpoint: {grace: 20s}
              seed: 1
            """)
        let watch = try cluster.run(["sweep", "watch", "\(id)", "--plain"])
        #expect(watch.status == 0, "\(watch.errors)")
        let best = try #require(try cluster.sweep(id).best)
        #expect(try #require(best.objective) > 0.5)
        // Two trials at rung 1: the worse one pauses and the other one gets its slot, whatever the machine's speed.
        let decisions = try await cluster.client.decisions(of: id, PageRequest(limit: 1000)).items
        #expect(decisions.contains { $0.kind == .pause })
        #expect(decisions.contains { $0.kind == .resize }, "the survivor got both slots")

        // The winner's checkpoint is there and loads; its accuracy is the reported one.
        let fetched = try cluster.run(["best", "\(id)", "--to", "winner"])
        #expect(fetched.status == 0, "\(fetched.errors)")
        let again = try cluster.run(["evaluate", "winner", "--split", "val"], program: "hypersched-trial")
        #expect(again.status == 0, "\(again.errors)")
        let reported = String(try #require(best.objective)).prefix(6)
        #expect(again.output.contains(reported), "reported \(reported), evaluated: \(again.output)")
        let written = try cluster.run(["report", "\(id)", "-o", "report.html"])
        #expect(written.status == 0, "\(written.errors)")
        let report = try String(contentsOf: cluster.directory.appending(path: "report.html"), encoding: .utf8)
        #expect(report.contains("The winner: trial \(best.trial)") && report.contains("</html>"))
        cluster.shutDown()
        #expect(try cluster.leftProcesses() == [])
    }
}

extension LiveCluster {
    /// True when hypersched-trial was built with libtorch.
    var hasTraining: Bool { (try? run(["list"], program: "hypersched-trial").status) == 0 }
}
