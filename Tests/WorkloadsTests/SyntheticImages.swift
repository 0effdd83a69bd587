import Foundation
import HyperSchedProtocol
import Torch

@testable import Workloads

/// Small images that a network can learn: a bright bar per class at its own place, plus noise.
enum SyntheticImages {
    static func make(count: Int, stream: UInt64, classes: Int = 4, channels: Int = 1) -> ImageSet {
        let generator = CounterGenerator(seed: 11, stream: stream)
        var pixels: [UInt8] = []
        let labels = (0..<count).map { Int32($0 % classes) }
        for plane in 0..<count * channels {
            for position in 0..<64 {
                let bright = position / 8 / 2 == Int(labels[plane / channels])
                let noise = generator.below(100, UInt64(plane * 64 + position))
                pixels.append(UInt8((bright ? 150 : 0) + noise))
            }
        }
        let names = ["top", "upper", "lower", "bottom"].prefix(classes)
        return ImageSet(
            channels: channels, height: 8, width: 8, classNames: Array(names), pixels: pixels, labels: labels)
    }

    static let splits = ImageSplits(
        training: make(count: 300, stream: 1), validation: make(count: 80, stream: 2),
        statistics: PixelStatistics(means: [72.94], deviations: [90.02]))
    static let colourSplits = ImageSplits(
        training: make(count: 300, stream: 1, channels: 3), validation: make(count: 80, stream: 2, channels: 3))

    /// A quick configuration for these images: 5 batches per epoch, the last one short.
    static func configuration(_ extra: [(name: String, value: ParameterValue)] = []) -> Configuration {
        Configuration(
            [
                ("train_images", .int(300)), ("epoch_images", .int(150)), ("batch_size", .int(32)),
                ("lr", .real(0.05)), ("tree_start", .real(0.4)), ("tree_update_every", .int(1)),
                ("tree_update_end", .real(1)),
            ] + extra)
    }

    static func training(
        _ configuration: Configuration, seed: UInt64 = 5, epochs: Int = 4, folder: String? = nil,
        resume: String? = nil, data: ImageSplits = splits, devices: [Device] = [.cpu],
        isChild: Bool = false
    ) throws -> TrainingRun<NBDTWorkload> {
        let trial = try Trial(
            configuration, of: .nbdt, seed: seed, totalEpochs: epochs, devices: devices, isChild: isChild)
        return try TrainingRun(
            try NBDTWorkload(trial, data: data), trial: trial, checkpointFolder: folder, resume: resume)
    }
}

extension FashionMNIST {
    static let isInstalled = FileManager.default.fileExists(atPath: defaultFolder + "/train-labels-idx1-ubyte.gz")
}

extension NBDTConfiguration {
    init(_ given: Configuration) throws { self = try NBDTConfiguration(Parameters(given, of: .nbdt)) }
}

/// A folder that is gone when the test ends.
final class TemporaryFolder {
    let path = NSTemporaryDirectory() + "/hypersched-" + UUID().uuidString

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path + "/" + name)) }

    var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
    }
}
