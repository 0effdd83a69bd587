import ArgumentParser
import Foundation
import HyperSchedProtocol
import Torch
import Workloads

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measures the optimiser steps of one epoch of a workload, nothing else.")

    @Argument(help: "The workload.")
    var workload: String

    @Option(name: .customLong("set"), help: "One parameter, NAME=VALUE. May be repeated.")
    var settings: [String] = []

    @Option(help: "Threads.")
    var threads = 1

    @Option(help: "Seed.")
    var seed: UInt64 = 0

    func run() throws {
        try TrialOutput.exiting { () throws(WorkloadError) in
            try measure(try OfferedWorkloads.named(workload))
            return .success
        }
    }

    private func measure<Work: OfferedWorkload>(_: Work.Type) throws(WorkloadError) {
        let given = try TrialEnvironment([:]).configuration(overriddenBy: settings, of: Work.description)
        let trial = try Trial(given, of: Work.description, seed: seed, totalEpochs: 1)
        try TrialOutput.requireTorch(threads: threads)
        let result = try StepBenchmark.run(try Work(trial))
        TrialOutput.print(
            """
            {"samples_per_s": \(result.samplesPerSecond), "samples_per_cpu_s": \(result.samplesPerProcessorSecond), \
            "loss": \(result.loss), "seconds": \(result.seconds), "peak_memory_mb": \(result.peakMemory >> 20), \
            "threads": \(threads), "torch": "\(TorchRuntime.version)"}
            """)
    }
}
