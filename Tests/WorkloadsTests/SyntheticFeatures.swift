import Foundation
import HyperSchedProtocol
import Torch

@testable import Workloads

/// A folder of pairs with feature files that a small network can learn from: each place of an object has a code of its
/// own, drowned in noise in most maps.
final class SyntheticFeatures {
    static let size = 8
    let folder: TemporaryFolder
    var path: String { folder.path }

    init(pairs: Int = 6) throws {
        folder = try TemporaryFolder()
        let extent = ImageExtent(width: 16, height: 16)
        for (number, split) in ["train", "val", "test"].enumerated() {
            var made: [KeypointPair] = []
            for index in 0..<pairs {
                let generator = CounterGenerator(seed: UInt64(number), stream: UInt64(index))
                let shift = generator.below(3, 0)
                var points: [ImagePoint] = []
                for point in 0..<4 + index % 3 {
                    let (x, y) = (
                        generator.below(10, UInt64(10 + 2 * point)), generator.below(16, UInt64(11 + 2 * point))
                    )
                    points.append(ImagePoint(x: Double(x), y: Double(y)))
                }
                let moved = points.map { ImagePoint(x: $0.x + Double(2 * shift), y: $0.y) }
                let box = BoundingBox(left: 0, top: 0, right: 16, bottom: 16)
                let pair = KeypointPair(
                    source: "\(split)/\(index)-a.png", target: "\(split)/\(index)-b.png", sourcePoints: points,
                    targetPoints: moved, sourceSize: extent,
                    targetSize: extent, sourceBox: box, targetBox: box, category: "code")
                try write(pair.source, shift: 0, stream: UInt64(1000 * number + 2 * index))
                try write(pair.target, shift: shift, stream: UInt64(1000 * number + 2 * index + 1))
                made.append(pair)
            }
            try PairList.encode(made).write(to: URL(fileURLWithPath: "\(path)/\(split).json"))
        }
    }

    /// Two timesteps of two layers: 6 channels at 4x4, 8 at 8x8. The code of a place is in the second layer.
    private func write(_ image: String, shift: Int, stream: UInt64) throws {
        let noise = CounterGenerator(seed: 7, stream: stream)
        let codes = CounterGenerator(seed: 8, stream: 0)
        var maps: [[Tensor]] = []
        for step in 0..<2 {
            var row: [Tensor] = []
            for (layer, (channels, side)) in [(6, 4), (8, 8)].enumerated() {
                var values: [Float] = []
                for channel in 0..<channels {
                    for place in 0..<side * side {
                        let (x, y) = ((place % side + side - shift) % side, place / side)
                        let code = codes.normal(UInt64(channel * 64 + y * 8 + x))
                        let grain = noise.normal(UInt64((step * 2 + layer) * 1024 + channel * side * side + place))
                        values.append(Float(layer == 1 ? code + 0.3 * Double(1 + step) * grain : grain))
                    }
                }
                row.append(try Tensor.of(values, shape: [channels, side, side]).converted(to: .float16))
            }
            maps.append(row)
        }
        let data = try FeatureFile.encode(
            maps, saved: [9, 5], timesteps: [-1, 300], imageSize: ImageExtent(width: 16, height: 16), origin: "made up")
        let file = "\(path)/features/" + (image as NSString).deletingPathExtension + ".safetensors"
        try WarpedPairs.write(data, file)
    }

    func configuration(_ extra: [(name: String, value: ParameterValue)] = []) -> Configuration {
        let own: [(name: String, value: ParameterValue)] = [
            ("data_dir", .string(path)), ("projection_dim", .int(16)), ("norm_groups", .int(2)),
            ("epoch_pairs", .int(5)),
            ("lr", .real(0.01)), ("mixing_lr_factor", .real(10)),
        ]
        return Configuration(own.filter { pair in !extra.contains { $0.name == pair.name } } + extra)
    }

    func training(
        _ extra: [(name: String, value: ParameterValue)] = [], seed: UInt64 = 3, epochs: Int = 3, folder: String? = nil,
        resume: String? = nil, devices: [Device] = [.cpu]
    ) throws -> TrainingRun<HyperfeaturesWorkload> {
        let trial = try Trial(
            configuration(extra), of: .hyperfeatures, seed: seed, totalEpochs: epochs, devices: devices)
        return try TrainingRun(trial, checkpointFolder: folder, resume: resume)
    }
}
