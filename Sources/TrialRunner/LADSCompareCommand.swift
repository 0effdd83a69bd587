import ArgumentParser
import Foundation
import Torch
import Workloads

/// `hypersched-trial lads compare`
struct LADSCompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Trains every method on the same embeddings and measures it on the test rows.",
        discussion: """
            --set, --seed, --epochs and --threads as for training; --set embeddings=FILE is needed. Prints one JSON \\
            object per method: accuracies and consistencies in percent.
            """)

    @Option(name: .customLong("set"), help: "One parameter for all methods, NAME=VALUE. May be repeated.")
    var settings: [String] = []

    @Option(help: "Epochs of the probe.")
    var epochs = 60

    @Option(help: "Seed of weights and data order.")
    var seed: UInt64 = 0

    @Option(help: "Threads.")
    var threads = 1

    func run() throws {
        try TrialOutput.exiting { () throws(WorkloadError) in
            try TrialOutput.requireTorch(threads: threads)
            var entries = LADSComparison.usual
            if settings.contains("setting=bias") {
                entries.append(
                    .init("LADS, alpha 0.75, neighbours 0.1", ["method=lads", "alpha=0.75", "neighbour_weight=0.1"]))
            }
            try LADSComparison.run(
                entries + [LADSComparison.oracle], settings: settings, seed: seed,
                totalEpochs: epochs
            ) { entry, result in TrialOutput.print(line(entry.name, result)) }
            return .success
        }
    }

    private func line(_ name: String, _ result: LADSInspection.Result) -> String {
        let values: [(String, Double?)] = [
            ("id", result.inDomain?.accuracy), ("ood", result.outOfDomain?.accuracy), ("extended", result.extended),
            ("pooled", result.pooled.accuracy), ("worst_group", result.pooled.worstGroup),
            ("domain_consistency", result.quality?.domainConsistency),
            ("class_consistency", result.quality?.classConsistency),
        ]
        let known = values.compactMap { pair in pair.1.map { "\"\(pair.0)\": \(percent($0))" } }
        return "{\"method\": \"\(name)\", \(known.joined(separator: ", "))}"
    }

    /// With two digits.
    private func percent(_ fraction: Double) -> String { "\((fraction * 10_000).rounded() / 100)" }
}
