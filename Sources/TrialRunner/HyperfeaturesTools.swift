public import ArgumentParser
import HyperSchedProtocol
import Torch
public import Workloads

extension HyperfeaturesWorkload: OfferedWorkload {
    static var tools: [any ParsableCommand.Type] {
        [
            MakePairsCommand.self, WorkloadCommand<DenoiserWorkload>.self, ExtractCommand.self, RawAccuracyCommand.self,
            HyperfeaturesEvaluateCommand.self, MixingCommand.self,
        ]
    }
}

extension DenoiserWorkload: OfferedWorkload {
    static var tools: [any ParsableCommand.Type] { [] }
}

extension HyperfeaturesInspection.Split: ExpressibleByArgument {}

/// `hypersched-trial hyperfeatures make-pairs`
struct MakePairsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "make-pairs", abstract: "Makes pairs with known corresponding points from real images.",
        discussion: """
            Each pair is an image and a random warp of it: rotation, scale, shift, a smooth displacement, \
            brightness and noise. Writes train.json, val.json, test.json and images/.
            """)

    @Option(help: "fashion_mnist, or folder for PNG and JPEG files (an alpha channel says where the object is).")
    var images = "fashion_mnist"

    @Option(help: "Folder with the images. (default: where Debian puts Fashion-MNIST)")
    var imagesDir: String?

    @Option(help: "Side of the images, a multiple of 4.")
    var size = 32

    @Option(help: "Pairs to train on.")
    var train = 250

    @Option(help: "Pairs to validate on.")
    var val = 100

    @Option(help: "Pairs to test on.")
    var test = 150

    @Option(help: "Fraction of warps that mirror.")
    var mirrored = 0.0

    @Option(help: "Seed of the warps and points.")
    var seed: UInt64 = 0

    @Option(help: "Folder to write to.")
    var out: String

    func run() throws {
        try TrialOutput.exiting { () throws(WorkloadError) in
            try TrialOutput.requireTorch(threads: 1)
            let pairs = try WarpedPairs(images: images, folder: imagesDir, size: size, mirrored: mirrored, seed: seed)
            let counts = try pairs.write(to: out, train: train, val: val, test: test)
            TrialOutput.print("train=\(counts[0]) val=\(counts[1]) test=\(counts[2])")
            return .success
        }
    }
}

/// `hypersched-trial hyperfeatures extract`
struct ExtractCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "extract", abstract: "Makes the feature files of the images that lists of pairs name.",
        discussion: """
            The denoiser is a checkpoint of `train-denoiser`. Images are taken from images/ below the data folder, \
            features go to features/.
            """)

    @Argument(help: "A checkpoint directory of train-denoiser.")
    var denoiser: String

    @Option(help: "Folder with train.json, val.json, test.json and images/.")
    var dataDir: String

    @Option(help: "Folder for the features. (default: features/ below the data folder)")
    var featuresDir: String?

    @Option(help: "Steps of the DDIM inversion.")
    var inversionSteps = 10

    @Option(help: "Timesteps to keep, with commas between them.")
    var timesteps = "-1,100,300,600"

    @Option(help: "Threads.")
    var threads = 1

    func run() throws {
        try TrialOutput.exiting { () throws(WorkloadError) in
            try TrialOutput.requireTorch(threads: threads)
            let numbers = timesteps.split(separator: ",").map { Int($0) }
            guard !numbers.isEmpty, numbers.allSatisfy({ $0 != nil }) else {
                throw WorkloadError(.badParameters, "timesteps: expected numbers such as -1,100, found \(timesteps)")
            }
            let extraction = try FeatureExtraction(
                checkpoint: denoiser, steps: inversionSteps, timesteps: numbers.compactMap { $0 })
            let images = try HyperfeaturesInspection.images(of: dataDir)
            try extraction.write(
                images: images, imageFolder: dataDir + "/images", featureFolder: featuresDir ?? dataDir + "/features")
            TrialOutput.print("images=\(images.count)")
            return .success
        }
    }
}

/// `hypersched-trial hyperfeatures raw`
struct RawAccuracyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "raw", abstract: "Measures the stored features of each layer and timestep without any training.")

    @Option(name: .customLong("set"), help: "One parameter, NAME=VALUE. May be repeated.")
    var settings: [String] = []

    @Option(help: "train, val or test.")
    var split: HyperfeaturesInspection.Split = .val

    @Option(help: "Threads.")
    var threads = 1

    func run() throws {
        try TrialOutput.exiting { () throws(WorkloadError) in
            let given = try TrialEnvironment([:]).configuration(overriddenBy: settings, of: .hyperfeatures)
            try TrialOutput.requireTorch(threads: threads)
            let result = try HyperfeaturesInspection.raw(given, split: split)
            TrialOutput.print(result.text)
            return .success
        }
    }
}

/// `hypersched-trial hyperfeatures evaluate`
struct HyperfeaturesEvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate", abstract: "Measures the network of a checkpoint on pairs.")

    @Argument(help: "A checkpoint directory.")
    var checkpoint: String

    @Option(help: "train, val or test.")
    var split: HyperfeaturesInspection.Split = .val

    @Option(help: "Folder with the data. (default: the one in the checkpoint)")
    var dataDir: String?

    @Option(help: "Threads.")
    var threads = 1

    func run() throws {
        try TrialOutput.exiting { () throws(WorkloadError) in
            try TrialOutput.requireTorch(threads: threads)
            let result = try HyperfeaturesInspection.evaluate(
                checkpoint: checkpoint, split: split, dataFolder: dataDir)
            let (accuracy, name) = (result.evaluation.accuracy, split.rawValue)
            TrialOutput.print("epochs=\(result.completedEpochs) pairs=\(result.pairs)")
            TrialOutput.print("\(name)_pck_bbox=\(accuracy.perPoint.byBox)")
            TrialOutput.print("\(name)_pck_img=\(accuracy.perPoint.byImage)")
            TrialOutput.print("\(name)_pck_bbox_per_image=\(accuracy.perImage.byBox)")
            TrialOutput.print("\(name)_pck_img_per_image=\(accuracy.perImage.byImage)")
            TrialOutput.print("\(name)_loss=\(result.evaluation.loss)")
            return .success
        }
    }
}

/// `hypersched-trial hyperfeatures mixing`
struct MixingCommand: ParsableCommand {
    enum Format: String, CaseIterable, ExpressibleByArgument {
        case text, json, svg
    }

    static let configuration = CommandConfiguration(
        commandName: "mixing", abstract: "Shows what each layer and timestep contributes to the descriptors.")

    @Argument(help: "A checkpoint directory.")
    var checkpoint: String

    @Option(help: "text, json or svg.")
    var format: Format = .text

    func run() throws {
        try TrialOutput.exiting { () throws(WorkloadError) in
            try TrialOutput.requireTorch(threads: 1)
            let mixing = try HyperfeaturesInspection.mixing(checkpoint: checkpoint)
            switch format {
            case .text: TrialOutput.print(mixing.text)
            case .json: TrialOutput.print(mixing.json)
            case .svg: TrialOutput.print(mixing.svg(title: checkpoint))
            }
            return .success
        }
    }
}
