import Foundation
import HyperSchedClient
import HyperSchedProtocol
import Testing

/// Population based training on real processes: what a child's checkpoint holds shows that it goes on from its
/// parent's.
@Suite(.serialized, .timeLimit(.minutes(5))) struct InheritanceTests {
    private static let program = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Programs/inheriting-trial.sh").path()

    private static let sweep = """
        name: population
        command: [bash, "\(program)"]
        method: random
        metric: {name: acc, goal: maximize}
        parameters:
          quality: {min: 0.1, max: 1.0}
        hypersched:
          in: 120s
          policy: {name: pbt, population: 4, interval: 3, resample_probability: 0, factors: [0.5, 1.5]}
          steps: {min: 2, max: 14}
          checkpoint: {grace: 5s}
          seed: 3
        """

    @Test func childrenGoOnFromTheirParentsCheckpoints() async throws {
        let cluster = try LiveCluster()
        try cluster.startDaemon()
        try cluster.startAgent(slots: 4)
        let id = try cluster.submit(Self.sweep)
        // Kills in the middle: what a child is to begin with must be there for whoever asks next.
        try await cluster.wait(for: "a first child") {
            try await decisions(cluster, id).contains { $0.reason.rule == "explore" }
        }
        cluster.killDaemon()
        try cluster.startDaemon()
        let watch = try cluster.run(["sweep", "watch", "\(id)", "--plain"])
        #expect(watch.status == 0, "\(watch.errors)")
        #expect(try cluster.sweep(id).state == .finished)

        let trials = try await details(cluster, id)
        let children = trials.filter { $0.lineage != nil }
        #expect(children.count >= 2)
        for child in children { try await checkInheritance(of: child, among: trials, cluster) }
        // Some child reported: its curve is its own and begins where its parent was.
        #expect(children.contains { $0.ranked.objective != nil })
        let card = try cluster.run(["trial", "show", "\(children[0].ranked.trial)"])
        let lineage = try #require(children[0].lineage)
        #expect(card.output.contains("parent     trial \(lineage.parent) at step \(lineage.parentStep)"))
        let why = try cluster.run(["trial", "why", "\(try #require(lineage.replaces))"])
        #expect(why.output.contains("takes its place"), "\(why.output)")
        #expect(!trials.contains { $0.ranked.state == .failed }, "no checkpoint of a stranger was given to anybody")
        cluster.shutDown()
        #expect(try cluster.leftProcesses() == [])
    }

    private func decisions(_ cluster: LiveCluster, _ id: SweepID) async throws -> [Decision] {
        try await cluster.client.decisions(of: id, PageRequest(limit: 1000)).items
    }

    private func details(_ cluster: LiveCluster, _ id: SweepID) async throws -> [TrialDetail] {
        let ranking = try await cluster.client.ranking(of: id, PageRequest(limit: 1000)).items
        return try ranking.sorted { $0.trial < $1.trial }.map {
            try cluster.json(TrialDetail.self, ["trial", "show", "\($0.trial)"])
        }
    }

    /// The steps up to the parent's were made by the parent or its forebears, the later ones by the child, without gap.
    private func checkInheritance(
        of child: TrialDetail, among trials: [TrialDetail], _ cluster: LiveCluster
    ) async throws {
        let (id, lineage) = (child.ranked.trial, try #require(child.lineage))
        let history = try await history(of: id, cluster)
        #expect(history.map(\.step) == Array(1...history.count))
        #expect(lineage.parentStep > 0 && history.count >= lineage.parentStep)
        let inherited = history.prefix(lineage.parentStep)
        #expect(inherited.last?.trial == lineage.parent)
        #expect(inherited.allSatisfy { $0.trial < id })
        let own = history.dropFirst(lineage.parentStep)
        #expect(own.allSatisfy { $0.trial == id })
        #expect(own.allSatisfy { $0.gain == child.ranked.configuration["quality"]?.text })
        // Half or one and a half times as much as the parent's, in bounds.
        let parent = try #require(trials.first { $0.ranked.trial == lineage.parent })
        let (old, new) = (quality(parent), quality(child))
        #expect([max(0.1, old * 0.5), min(1, old * 1.5)].contains { abs($0 - new) < 1e-12 })

        let curve = try await cluster.client.curve(of: id, PageRequest(limit: 1000)).items
        if let first = curve.first {
            // Its first attempt may have been interrupted before it reported.
            #expect(first.step == lineage.parentStep + 1)
            let before = inherited.reduce(0) { $0 + (Double($1.gain) ?? .nan) }
            let mean = (before + new) / Double(first.step)
            #expect(abs((first.metrics["acc"]?.number ?? 0) - mean) < 1e-5, "it starts from what the parent had")
        }
    }

    private func quality(_ trial: TrialDetail) -> Double { trial.ranked.configuration["quality"]?.number ?? .nan }

    private struct Line {
        let trial: TrialID
        let step: Int
        let gain: String
    }

    private func history(of trial: TrialID, _ cluster: LiveCluster) async throws -> [Line] {
        let archive = cluster.directory.appending(path: "trial-\(trial).tar")
        _ = try await cluster.client.checkpoint(of: trial, .latest, to: archive.path())
        let tar = Process()
        tar.executableURL = URL(filePath: "/usr/bin/env")
        tar.arguments = ["tar", "-xOf", archive.path(), "--wildcards", "*history"]
        let pipe = Pipe()
        tar.standardOutput = pipe
        try tar.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        tar.waitUntilExit()
        return try String(decoding: data, as: UTF8.self).split(separator: "\n").map { line in
            let words = line.split(separator: " ").map(String.init)
            try #require(words.count == 3, "\(line)")
            return Line(
                trial: TrialID(try #require(Int64(words[0]))), step: try #require(Int(words[1])), gain: words[2])
        }
    }
}
