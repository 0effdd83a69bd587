import Foundation
import Torch

/// How well descriptors find the annotated points of pairs.
public struct HyperfeaturesEvaluation: Sendable {
    public let accuracy: KeypointAccuracy
    /// Mean of the pairs' losses, with the points brought to the grid of the descriptors.
    public let loss: Double
}

/// Pairs whose images' sizes are known.
struct SizedPairs {
    let pairs: [KeypointPair]

    /// Sizes that a list does not have are read from the images.
    init(_ pairs: [KeypointPair], imageFolder: String) throws(WorkloadError) {
        var sized: [KeypointPair] = []
        for var pair in pairs {
            if pair.sourceSize == nil { pair.sourceSize = try Self.size(imageFolder + "/" + pair.source) }
            if pair.targetSize == nil { pair.targetSize = try Self.size(imageFolder + "/" + pair.target) }
            sized.append(pair)
        }
        self.pairs = sized
    }

    private static func size(_ path: String) throws(WorkloadError) -> ImageExtent {
        let picture = try Picture.read(path)
        return ImageExtent(width: picture.width, height: picture.height)
    }
}

extension KeypointPair {
    /// Points of the source, then of the target, brought to a grid.
    func points(on grid: ImageExtent) -> (source: [ImagePoint], target: [ImagePoint]) {
        (
            sourcePoints.map { $0.scaled(from: sourceSize ?? grid, to: grid) },
            targetPoints.map { $0.scaled(from: targetSize ?? grid, to: grid) }
        )
    }
}

extension HyperfeaturesEvaluation {
    /// - Parameters:
    ///   - descriptors: of a pair's two images, `[2, channels, h, w]`.
    ///   - matchExtent: the size that maps are brought to before they are compared.
    init(
        _ pairs: [KeypointPair], matchExtent: ImageExtent, fraction: Double, temperature: Double,
        descriptors: (KeypointPair) throws(TorchError) -> Tensor
    ) throws(TorchError) {
        var accuracy = KeypointAccuracy(fraction: fraction)
        var sum = 0.0
        let matcher = DescriptorMatcher(extent: matchExtent)
        for pair in pairs {
            let loss = try TorchRuntime.withoutGradients { () throws(TorchError) in
                let maps = try descriptors(pair)
                let (source, target) = (try maps.slice(0..<1).droppingAxis(0), try maps.slice(1..<2).droppingAxis(0))
                let found = try matcher.matches(
                    source: source, target: target, points: pair.points(on: matchExtent).source)
                let size = pair.targetSize ?? matchExtent
                accuracy.add(
                    predicted: found.map { matchExtent.point(cell: $0.cell).scaled(from: matchExtent, to: size) },
                    truth: pair.targetPoints, imageSize: size, box: pair.targetBox)
                return try Self.loss(source, target, pair, temperature).item()
            }
            sum += loss
        }
        self.init(accuracy: accuracy, loss: sum / Double(max(pairs.count, 1)))
    }

    /// The training loss of a pair.
    static func loss(
        _ source: Tensor, _ target: Tensor, _ pair: KeypointPair, _ temperature: Double
    ) throws(TorchError) -> Tensor {
        let shape = try source.shape()
        let grid = ImageExtent(width: shape[2], height: shape[1])
        let points = pair.points(on: grid)
        let device = try source.device()
        return try MatchingLoss(temperature: temperature)(
            source: source, target: target,
            sourceCells: Tensor.of(points.source.map { $0.cell(of: grid) }).copied(to: device),
            targetCells: Tensor.of(points.target.map { $0.cell(of: grid) }).copied(to: device))
    }
}
