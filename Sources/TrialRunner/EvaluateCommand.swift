public import ArgumentParser
import HyperSchedProtocol
public import Workloads

extension NBDTInspection.Split: ExpressibleByArgument {}

struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate", abstract: "Measures the network of a checkpoint again.")

    @Argument(help: "A checkpoint directory.")
    var checkpoint: String

    @Option(help: "Images to measure on: val (the search's own) or test.")
    var split: NBDTInspection.Split = .validation

    @Option(help: "Folder with the images. (default: the one in the checkpoint)")
    var dataDir: String?

    @Option(
        name: .customLong("set"),
        help: "Reads the network through another tree: hierarchy=NAME and what belongs to it. May be repeated.")
    var settings: [String] = []

    @Option(help: "Threads.")
    var threads = 1

    func run() throws {
        try TrialOutput.exiting { () throws(WorkloadError) in
            try TrialOutput.requireTorch(threads: threads)
            let changes = try TrialEnvironment([:]).configuration(overriddenBy: settings, of: .nbdt)
            let result = try NBDTInspection.evaluate(
                checkpoint: checkpoint, split: split, dataFolder: dataDir, changes: changes)
            let name = split.rawValue
            TrialOutput.print("epochs=\(result.completedEpochs) images=\(result.images) tree=\(result.tree)")
            TrialOutput.print("\(name)_flat_accuracy=\(result.evaluation.flat)")
            TrialOutput.print("\(name)_soft_accuracy=\(result.evaluation.soft)")
            TrialOutput.print("\(name)_hard_accuracy=\(result.evaluation.hard)")
            return .success
        }
    }
}
