import Foundation
import HyperSchedProtocol
import Testing

/// What a user gets to read when something is wrong: the field, what is wrong with it, and the fix.
@Suite(.serialized, .timeLimit(.minutes(4))) struct BadInputTests {
    @Test(arguments: [
        ("policey: x", ["policey", "policy"], "in: 1h"),
        ("deadline without a zone", ["deadline", "zone"], "deadline: 2030-01-01T08:00:00"),
        ("deadline in the past", ["deadline", "past"], "deadline: 2020-01-01T08:00:00Z"),
    ])
    func badDeadlinesAndKeys(name: String, words: [String], line: String) throws {
        let cluster = try LiveCluster()
        let extra = name.hasPrefix("policey") ? "  policey: x\n" : ""
        try cluster.write(
            "s.yaml",
            """
            command: [bash, x.sh]
            method: random
            metric: {name: acc, goal: maximize}
            parameters: {lr: {min: 0.1, max: 1.0}}
            hypersched:
              \(line)
              steps: {min: 1, max: 9}
            \(extra)
            """)
        let answer = try cluster.run(["sweep", "explain", "--offline", "s.yaml"])
        #expect(answer.status == 1)
        for word in words { #expect(answer.errors.contains(word), "\(answer.errors)") }
    }

    @Test(arguments: [
        ("lr: {min: 2.0, max: 1.0}", "workload: nbdt", ["parameters.lr", "max"]),
        ("lr: {min: 0.1, max: 1.0}", "workload: nbdd", ["workload", "nbdt"]),
        ("lrr: {min: 0.1, max: 1.0}", "workload: nbdt", ["lrr", "lr"]),
        ("lr: {values: []}", "workload: nbdt", ["parameters.lr"]),
    ])
    func badSpaces(parameter: String, program: String, words: [String]) throws {
        let cluster = try LiveCluster()
        try cluster.write(
            "s.yaml",
            """
            \(program)
            method: random
            metric: {name: val_soft_accuracy, goal: maximize}
            parameters: {\(parameter)}
            hypersched: {in: 1h, steps: {min: 1, max: 9}}
            """)
        let answer = try cluster.run(["sweep", "explain", "--offline", "s.yaml"])
        #expect(answer.status == 1)
        for word in words { #expect(answer.errors.contains(word), "\(answer.errors)") }
    }

    @Test func noDaemon() throws {
        let cluster = try LiveCluster()
        let answer = try cluster.run(["sweep", "ls"])
        #expect(answer.status == 4)
        #expect(answer.errors.contains("http://127.0.0.1:1"), "\(answer.errors)")
        #expect(answer.errors.contains("hyperschedd"), "it says what to start: \(answer.errors)")
    }

    @Test func wrongUsage() throws {
        let cluster = try LiveCluster()
        #expect(try cluster.run(["sweep", "shwo", "1"]).status == 2)
        #expect(try cluster.run(["trial", "show", "abc"]).status == 2)
        #expect(try cluster.run(["sweep", "explain", "--offline", "nowhere.yaml"]).errors.contains("nowhere.yaml"))
    }

    @Test func anUnknownMetricIsNamedWithTheNamesThatWereSeen() throws {
        let cluster = try LiveCluster()
        try cluster.startDaemon()
        try cluster.startAgent()
        let id = try cluster.submit(
            SweepFiles.steady(seconds: 60, steps: 2).replacing("name: acc", with: "name: accuracy"))
        let watch = try cluster.run(["sweep", "watch", "\(id)", "--plain"])
        #expect(watch.status == 3)
        let summary = try cluster.sweep(id)
        #expect(summary.state == .failed)
        let reason = try #require(summary.stateReason)
        #expect(reason.contains("'accuracy'") && reason.contains("acc"))
        let ranking = try cluster.json(Page<RankedTrial>.self, ["sweep", "rank", "\(id)"])
        #expect(ranking.items.contains { $0.state == .noMetric })
        cluster.shutDown()
    }

    @Test func corruptDataIsNamedAndNotTriedForEver() throws {
        let cluster = try LiveCluster()
        try #require(cluster.hasTraining, "hypersched-trial was built without libtorch")
        try cluster.startDaemon()
        try cluster.startAgent()
        let data = cluster.directory.appending(path: "fashion")
        try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
        for name in ["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"] {
            try cluster.write("fashion/\(name)-ubyte.gz", "this is not gzip")
        }
        let id = try cluster.submit(
            """
            workload: nbdt
            method: random
            metric: {name: val_soft_accuracy, goal: maximize}
            parameters:
              lr: {min: 0.01, max: 0.1}
              data_dir: {value: "\(data.path())"}
            hypersched: {in: 2m, steps: {min: 1, max: 2}}
            """)
        let watch = try cluster.run(["sweep", "watch", "\(id)", "--plain"])
        #expect(watch.status == 3)
        let reason = try #require(try cluster.sweep(id).stateReason)
        #expect(reason.contains("train-images-idx3-ubyte.gz"), "\(reason)")
        cluster.shutDown()
    }
}
