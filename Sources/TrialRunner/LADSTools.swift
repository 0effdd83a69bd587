import ArgumentParser
import Foundation
import Torch
public import Workloads

extension LADSWorkload: OfferedWorkload {
    static var tools: [any ParsableCommand.Type] {
        [
            LADSEvaluateCommand.self, LADSCompareCommand.self, LADSEmbedCommand.self, LADSColouredCommand.self,
            LADSSyntheticCommand.self,
        ]
    }
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
        for (name, accuracy) in zip(names, score.classes.accuracies) {
            if let accuracy { TrialOutput.print("\(part) class \(name)=\(accuracy)") }
        }
    }
}

/// `hypersched-trial lads coloured`
struct LADSColouredCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coloured", abstract: "Embeds Fashion-MNIST in two colours, with a small encoder trained here.",
        discussion: """
            For setting=bias: even classes are red and odd ones blue, but in half of the test images. The encoder is \
            trained on other images with captions; about a minute.
            """)

    @Argument(help: "The .safetensors file to write.")
    var output: String

    @Option(help: "Folder with the files of Fashion-MNIST. (default: Debian's dataset-fashion-mnist)")
    var dataDir: String?

    @Option(help: "Seed of the encoder and of the split.")
    var seed: UInt64 = 0

    @Option(help: "Threads.")
    var threads = 1

    func run() throws {
        try TrialOutput.exiting { () throws(WorkloadError) in
            try TrialOutput.requireTorch(threads: threads)
            let data = try ColouredFashionEmbedding.make(folder: dataDir, seed: seed) { epoch, loss in
                TrialOutput.print("epoch \(epoch): loss \(loss)")
            }
            try EmbeddingOutput.write(data, to: output)
            return .success
        }
    }
}

/// `hypersched-trial lads synthetic`
struct LADSSyntheticCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "synthetic", abstract: "Writes made-up embeddings in which class and domain go together.",
        discussion:
            """
            For setting=bias: 4 classes, 2 domains, 32 columns; to see in seconds that all works.
            """
    )

    @Argument(help: "The .safetensors file to write.")
    var output: String

    @Option(help: "Seed.")
    var seed: UInt64 = 0

    func run() throws {
        try TrialOutput.exiting { () throws(WorkloadError) in
            try TrialOutput.requireTorch(threads: 1)
            let data: EmbeddingData
            do throws(TorchError) {
                data = try SyntheticEmbeddings().make(seed: seed)
            } catch { throw WorkloadError(error) }
            try EmbeddingOutput.write(data, to: output)
            return .success
        }
    }
}

/// Writes embeddings and says what they are.
enum EmbeddingOutput {
    static func write(_ data: EmbeddingData, to path: String) throws(WorkloadError) {
        let bytes: Data
        do throws(TorchError) {
            bytes = try data.file().encoded()
        } catch { throw WorkloadError(error) }
        do {
            try bytes.write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw WorkloadError(.failed, "\(path): cannot be written: \(error.localizedDescription)")
        }
        let sizes = "train=\(data.training.count) val=\(data.validation.count) test=\(data.test.count)"
        TrialOutput.print("wrote \(path): \(sizes) classes=\(data.classNames.count) domains=\(data.domainNames)")
    }
}
