public import ArgumentParser
public import Workloads

extension GALSWorkload: OfferedWorkload {
    static var tools: [any ParsableCommand.Type] { [GALSEvaluateCommand.self] }
}

extension GALSInspection.Split: ExpressibleByArgument {}

/// `hypersched-trial gals evaluate`
struct GALSEvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate", abstract: "Measures the network of a checkpoint again, by class and group.")

    @Argument(help: "A checkpoint directory.")
    var checkpoint: String

    @Option(help: "Images to measure on: val (the search's own) or test.")
    var split: GALSInspection.Split = .validation

    @Option(help: "Folder with the images. (default: the one in the checkpoint)")
    var dataDir: String?

    @Option(help: "Maps to compare the network's attention with. (default: those in the checkpoint)")
    var attention: String?

    @Option(help: "How many images to look at for where the network looks. (default: all)")
    var attentionImages: Int?

    @Option(help: "Threads.")
    var threads = 1

    func run() throws {
        try TrialOutput.exiting { () throws(WorkloadError) in
            try TrialOutput.requireTorch(threads: threads)
            let result = try GALSInspection.evaluate(
                checkpoint: checkpoint, split: split, dataFolder: dataDir, attention: attention,
                attentionImages: attentionImages)
            for line in lines(result) { TrialOutput.print(line) }
            return .success
        }
    }

    private func lines(_ result: GALSInspection.Result) -> [String] {
        let (name, groups) = (split.rawValue, result.evaluation.groups)
        var lines = [
            "epochs=\(result.completedEpochs) images=\(result.images)",
            "\(name)_balanced_accuracy=\(result.evaluation.classes.mean)",
            "\(name)_worst_group_accuracy=\(groups.worst)",
            "\(name)_accuracy=\(groups.overall)",
            "\(name)_group_mean_accuracy=\(groups.mean)",
            "\(name)_adjusted_accuracy=\(groups.adjusted(trainingCounts: result.groupCounts))",
        ]
        for (group, accuracy) in groups.accuracies.enumerated() {
            let value = accuracy.map { "\($0)" } ?? "none"
            lines.append(
                "\(name)_group_\(group)_accuracy=\(value) images=\(groups.counts[group]) group: "
                    + result.groupNames[group])
        }
        if let outside = result.evaluation.outsideGradient { lines.append("outside_gradient=\(outside)") }
        if let pointing = result.evaluation.pointing { lines.append("pointing_accuracy=\(pointing)") }
        if let bias = result.outcomeBias {
            lines.append("ratio_delta=\(bias.ratioDelta)")
            lines.append("outcome_divergence_bits=\(bias.divergence)")
        }
        return lines
    }
}
