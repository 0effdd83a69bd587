import ArgumentParser
import Foundation
import Torch
public import Workloads

extension LADSWorkload: OfferedWorkload {
    static var tools: [any ParsableCommand.Type] { [LADSEvaluateCommand.self] }
}

/// `hypersched-trial lads evaluate`
struct LADSEvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate", abstract: "Measures a checkpoint's best probe on the test rows.",
        discussion: "Accuracies are fractions of 1. A search must not see them.")

    @Argument(help: "A checkpoint directory.")
    var checkpoint: String

    @Option(help: "Embeddings. (default: those that the checkpoint names)")
    var embeddings: String?

    @Flag(help: "Also print the accuracy of every class.")
    var classes = false

    func run() throws {
        try TrialOutput.exiting { () throws(WorkloadError) in
            try TrialOutput.requireTorch(threads: 1)
            let result = try LADSInspection.evaluate(checkpoint: checkpoint, embeddings: embeddings)
            TrialOutput.print("epochs=\(result.completedEpochs)")
            for (name, score) in [("id", result.inDomain), ("ood", result.outOfDomain), ("pooled", result.pooled)] {
                guard let score else { continue }
                TrialOutput.print("\(name)_accuracy=\(score.accuracy)")
                TrialOutput.print("\(name)_balanced_accuracy=\(score.balanced)")
                TrialOutput.print("\(name)_worst_group_accuracy=\(score.worstGroup)")
                if classes { printClasses(name, score, result.classNames) }
            }
            if let extended = result.extended { TrialOutput.print("extended_accuracy=\(extended)") }
            for domain in result.domains { TrialOutput.print("domain \(domain.name)=\(domain.score.accuracy)") }
            if let quality = result.quality {
                TrialOutput.print("domain_consistency=\(quality.domainConsistency)")
                TrialOutput.print("class_consistency=\(quality.classConsistency)")
                TrialOutput.print("unique_fraction=\(quality.uniqueFraction)")
                TrialOutput.print("mean_cosine=\(quality.meanCosine)")
            }
            return .success
        }
    }

    private func printClasses(_ part: String, _ score: ClassificationScore, _ names: [String]) {
        for (name, accuracy) in zip(names, score.classes) {
            if let accuracy { TrialOutput.print("\(part) class \(name)=\(accuracy)") }
        }
    }
}
