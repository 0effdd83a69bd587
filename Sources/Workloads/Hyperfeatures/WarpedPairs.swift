import Foundation
import Torch

/// Makes pairs with known correspondences from real images: an image and a warp of it, with points on the object.
public struct WarpedPairs: Sendable {
    let source: ObjectImageSource
    let strength: ImageWarp.Strength
    let seed: UInt64
    /// Points of a pair.
    private static let points = 6...12

    /// - Parameters:
    ///   - images: `fashion_mnist`, or `folder` for a folder of PNG or JPEG files.
    ///   - mirrored: the fraction of warps that mirror.
    public init(
        images: String, folder: String?, size: Int, mirrored: Double = 0, seed: UInt64
    ) throws(WorkloadError) {
        source = try ObjectImageSource(images: images, folder: folder, size: size)
        var strength = ImageWarp.Strength()
        strength.mirrored = mirrored
        self.strength = strength
        self.seed = seed
    }

    /// Writes `train.json`, `val.json`, `test.json` and `images/` into a folder.
    /// - Returns: how many pairs of each list there are.
    public func write(to folder: String, train: Int, val: Int, test: Int) throws(WorkloadError) -> [Int] {
        var counts: [Int] = []
        let parts: [(String, ObjectImageSource.Part, Int)] = [
            ("train", .train, train), ("val", .val, val), ("test", .test, test),
        ]
        for (number, (name, part, count)) in parts.enumerated() {
            let images = try source.images(part, limit: count)
            var pairs: [KeypointPair] = []
            for (index, image) in images.enumerated() {
                let place = number << 24 + index
                guard let made = pair(image, number: place, folder: name) else { continue }
                try Self.write(image.picture.encodedPNG(), folder + "/images/" + made.pair.source)
                try Self.write(made.warped.picture.encodedPNG(), folder + "/images/" + made.pair.target)
                pairs.append(made.pair)
            }
            guard !pairs.isEmpty else {
                throw WorkloadError(.badData, "\(source.folder): expected images for \(name), found none that fit")
            }
            try Self.write(PairList.encode(pairs), "\(folder)/\(name).json")
            counts.append(pairs.count)
        }
        return counts
    }

    /// Nil where the object has too few places that both images show.
    func pair(_ image: ObjectImage, number: Int, folder: String) -> (pair: KeypointPair, warped: ObjectImage)? {
        let warp = ImageWarp(strength, size: image.size, seed: seed, number: number)
        let warped = warp(image)
        let size = image.size
        let places = warped.mask.indices.filter { warped.mask[$0] }
        let generator = CounterGenerator(seed: seed, stream: 0x706F_696E_74 &+ UInt64(number) << 32)
        let wanted = Self.points.lowerBound + generator.below(Self.points.count, 0)
        guard places.count >= 2 * Self.points.upperBound else { return nil }
        let order = CounterPermutation(
            count: places.count, generator: CounterGenerator(seed: seed, stream: 0x6F72_64 &+ UInt64(number) << 32))
        let targets = (0..<wanted).map { place in
            ImagePoint(x: Double(places[order[place]] % size), y: Double(places[order[place]] / size))
        }
        let extent = ImageExtent(width: size, height: size)
        return (
            KeypointPair(
                source: "\(folder)/\(image.name).png", target: "\(folder)/\(warped.name).png",
                sourcePoints: targets.map(warp.origin), targetPoints: targets, sourceSize: extent, targetSize: extent,
                sourceBox: image.box, targetBox: warped.box, category: ""), warped
        )
    }

    static func write(_ data: Data, _ path: String) throws(WorkloadError) {
        do {
            try FileManager.default.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try data.write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch { throw WorkloadError(.failed, "\(path): cannot be written: \(error.localizedDescription)") }
    }
}

extension ObjectImageSource {
    /// - Parameter folder: nil for where Debian installs Fashion-MNIST.
    init(images: String, folder: String?, size: Int) throws(WorkloadError) {
        guard let kind = Kind(rawValue: images) else {
            throw WorkloadError(.badParameters, "images: expected fashion_mnist or folder, found \(images)")
        }
        guard let folder = folder ?? (kind == .fashionMNIST ? FashionMNIST.defaultFolder : nil) else {
            throw WorkloadError(.badParameters, "images_dir: expected a folder of PNG or JPEG files, found none")
        }
        guard size % 4 == 0, kind == .folder || size >= 28 else {
            throw WorkloadError(
                .badParameters, "size: expected a multiple of 4, at least 28 for fashion_mnist, found \(size)")
        }
        self.init(kind: kind, folder: folder, size: size)
    }
}
