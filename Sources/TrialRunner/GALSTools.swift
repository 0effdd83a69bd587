public import ArgumentParser
import Foundation
import Torch
public import Workloads

extension GALSWorkload: OfferedWorkload {
    static var tools: [any ParsableCommand.Type] {
        [GALSEvaluateCommand.self, GALSBiasCommand.self, GALSExplainCommand.self, GALSRelevanceCommand.self]
    }
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

/// `hypersched-trial gals make-bias`
struct GALSBiasCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "make-bias",
        abstract: "Makes a biased data set: real things, cut out, on real textures that go with their classes.",
        discussion: """
            Writes metadata.csv (Waterbirds' columns), images, masks, coarse7.npy and noisy7.npy. Training things are \
            on their class's texture in a share of --bias; validation and test images are spread evenly over the \
            groups. examples/gals/prepare fetches textures and cut-outs.
            """)

    @Argument(help: "The folder to make.")
    var folder: String

    @Option(help: "A folder with one picture, or folder of pictures, per place.")
    var textures: String

    @Option(help: "A folder per class with PNG files with alpha. (default: Fashion-MNIST)")
    var cutOuts: String?

    @Option(help: "Folder with Fashion-MNIST's files.")
    var fashionMnist = "/usr/share/datasets/fashion-mnist"

    @Option(help: "Kinds of Fashion-MNIST that make the classes, for example 5,7,9/0,2,6.")
    var classes = "5,7,9/0,2,6"

    @Option(help: "Fraction of a class's training images on its own texture.")
    var bias = 0.95

    @Option(help: "Training images of each class.")
    var train = "3682,1113"

    @Option(help: "Validation images of each group.")
    var val = 300

    @Option(help: "Test images of each group.")
    var test = 800

    @Option(help: "Width and height of the images in pixels.")
    var size = 32

    @Option(help: "Seed.")
    var seed: UInt64 = 0

    func run() throws {
        try TrialOutput.exiting { () throws(WorkloadError) in
            try TrialOutput.requireTorch(threads: 1)
            let foregrounds: BiasSettings.Foregrounds
            if let cutOuts {
                foregrounds = .cutOuts(folder: cutOuts)
            } else {
                var kinds: [[Int]] = []
                for part in classes.split(separator: "/") { kinds.append(try numbers(String(part), "classes")) }
                foregrounds = .fashionMNIST(folder: fashionMnist, classes: kinds)
            }
            let settings = try BiasSettings(
                foregrounds: foregrounds, textures: textures, bias: bias, training: numbers(train, "train"),
                validation: val, test: test, size: size, seed: seed)
            let count = try BiasBenchmark(settings).write(to: folder)
            TrialOutput.print("\(folder): \(count) images")
            return .success
        }
    }

    private func numbers(_ text: String, _ name: String) throws(WorkloadError) -> [Int] {
        let parsed = text.split(separator: ",").map { Int($0) }
        let known = parsed.compactMap { $0 }
        guard known.count == parsed.count else {
            throw WorkloadError(.badParameters, "--\(name): expected whole numbers and commas, found \(text)")
        }
        return known
    }
}

/// `hypersched-trial gals explain`
struct GALSExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Draws where networks look: gradients, Grad-CAM and attention, over images.",
        discussion: """
            Several checkpoints are drawn side by side over the images of the first one's data. A .png has the \
            pictures only, a .svg titles and predictions too.
            """)

    @Argument(help: "Checkpoint directories.")
    var checkpoints: [String]

    @Option(help: "The file to write, .svg or .png.")
    var out: String

    @Option(help: "A title per checkpoint. (default: its folder)")
    var name: [String] = []

    @Option(help: "Number of an image of --split, from 0. May be repeated. (default: the first of each group)")
    var index: [Int] = []

    @Option(help: "Which images: val or test.")
    var split: GALSInspection.Split = .test

    @Option(help: "Folder with the images. (default: the one in the checkpoint)")
    var dataDir: String?

    @Option(help: "Maps to draw beside. (default: those in the checkpoint)")
    var attention: String?

    func validate() throws {
        guard !checkpoints.isEmpty else { throw ValidationError("Give at least one checkpoint directory.") }
        guard name.isEmpty || name.count == checkpoints.count else {
            throw ValidationError("Give a --name for each of the \(checkpoints.count) checkpoints, or none.")
        }
        guard out.hasSuffix(".svg") || out.hasSuffix(".png") else {
            throw ValidationError("--out: expected a file that ends in .svg or .png, found \(out)")
        }
    }

    func run() throws {
        try TrialOutput.exiting { () throws(WorkloadError) in
            try TrialOutput.requireTorch(threads: 1)
            let names = name.isEmpty ? checkpoints.map { URL(fileURLWithPath: $0).lastPathComponent } : name
            let explanation = try GALSInspection.explain(
                checkpoints: checkpoints, names: names, split: split, indices: index.isEmpty ? nil : index,
                dataFolder: dataDir, attention: attention)
            let data =
                out.hasSuffix(".svg")
                ? Data(try explanation.svg().utf8) : try explanation.picture().encodedPNG()
            try TrialOutput.write(data, to: out)
            return .success
        }
    }
}

/// `hypersched-trial gals relevance`
struct GALSRelevanceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "relevance", abstract: "Makes a map of a vision transformer's attention and its gradients.",
        discussion: """
            Both files are .npy of shape [blocks, heads, T, T] with the class token at place 0, for one image and one \
            score. The map is a .npy of shape [1, g, g] with g * g = T - 1, as parameter attention reads it.
            """)

    @Argument(help: "Attention weights.")
    var weights: String

    @Argument(help: "Gradients of the score with respect to them.")
    var gradients: String

    @Argument(help: "The file to write.")
    var out: String

    func run() throws {
        try TrialOutput.exiting { () throws(WorkloadError) in
            try TrialOutput.requireTorch(threads: 1)
            let data: Data
            do throws(TorchError) {
                let map = try TransformerRelevance.map(
                    attention: NpyFile.read(weights).converted(to: .float32),
                    gradients: NpyFile.read(gradients).converted(to: .float32))
                data = try NpyFile.encode(map.droppingAxis(0))
            } catch { throw WorkloadError(error) }
            try TrialOutput.write(data, to: out)
            return .success
        }
    }
}
