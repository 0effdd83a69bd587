import Torch

/// Makes normalised batches of images. What a batch holds is a pure function of (seed, epoch, position).
struct ImageBatcher {
    /// One batch: images `[N, C, H, W]` float32, labels `[N]` int64.
    struct Batch {
        let images: Tensor
        let labels: Tensor
        let count: Int
    }

    /// Random moves and mirroring of training images.
    struct Augmentation: Equatable, Sendable {
        /// Largest move in pixels, down, up, left or right; black comes in from outside.
        let shift: Int
    }

    private static let augmentStream: UInt64 = 0x6175_676D

    let images: ImageSet
    let order: SampleOrder
    let seed: UInt64
    let augmentation: Augmentation?
    private let tables: [[Float]]

    /// - Parameter trainImages: only the first so many take part.
    init(
        images: ImageSet, statistics: PixelStatistics, trainImages: Int, epochImages: Int, seed: UInt64,
        augmentation: Augmentation?
    ) {
        precondition(statistics.means.count == images.channels)
        self.images = images
        order = SampleOrder(samples: min(trainImages, images.count), perEpoch: epochImages, seed: seed)
        self.seed = seed
        self.augmentation = augmentation
        tables = statistics.tables
    }

    /// Batches in plain order, for evaluation.
    init(images: ImageSet, statistics: PixelStatistics) {
        self.init(
            images: images, statistics: statistics, trainImages: images.count, epochImages: images.count, seed: 0,
            augmentation: nil)
    }

    /// The training batch at these positions of an epoch.
    func training(epoch: Int, positions: Range<Int>) throws(TorchError) -> Batch {
        let first = UInt64(epoch * order.perEpoch + positions.lowerBound)
        return try batch(order.indices(epoch: epoch, positions: positions), first: first, augmentation)
    }

    /// The images in this range, unchanged.
    func plain(_ range: Range<Int>) throws(TorchError) -> Batch { try plain(Array(range)) }

    /// These images, unchanged.
    func plain(_ indices: [Int]) throws(TorchError) -> Batch { try batch(indices, first: 0, nil) }

    private func batch(
        _ indices: [Int], first: UInt64, _ augmentation: Augmentation?
    ) throws(TorchError) -> Batch {
        let generator = CounterGenerator(seed: seed, stream: Self.augmentStream)
        let plane = images.height * images.width
        let tensor = try Tensor.zeros([indices.count, images.channels, images.height, images.width])
        try tensor.withBytes { (bytes) throws(TorchError) in
            let target = bytes.bindMemory(to: Float.self)
            images.pixels.withUnsafeBufferPointer { pixels in
                for (slot, index) in indices.enumerated() {
                    let move = augmentation.map { Move($0, generator, 3 * (first + UInt64(slot))) }
                    for channel in 0..<images.channels {
                        let from = index * images.imageSize + channel * plane
                        let to = (slot * images.channels + channel) * plane
                        let source = UnsafeBufferPointer(rebasing: pixels[from..<from + plane])
                        let image = UnsafeMutableBufferPointer(rebasing: target[to..<to + plane])
                        tables[channel].withUnsafeBufferPointer { table in
                            if let move {
                                copy(source, into: image, table, move)
                            } else {
                                for i in 0..<plane { image[i] = table[Int(source[i])] }
                            }
                        }
                    }
                }
            }
        }
        let labels = try Tensor.of(indices.map { Int64(images.labels[$0]) })
        return Batch(images: tensor, labels: labels, count: indices.count)
    }

    /// What is done to one image, all channels alike.
    private struct Move {
        let down: Int
        let right: Int
        let mirrored: Bool

        init(_ augmentation: Augmentation, _ generator: CounterGenerator, _ counter: UInt64) {
            let span = 2 * augmentation.shift + 1
            down = generator.below(span, counter) - augmentation.shift
            right = generator.below(span, counter + 1) - augmentation.shift
            mirrored = generator.below(2, counter + 2) == 1
        }
    }

    private func copy(
        _ source: UnsafeBufferPointer<UInt8>, into image: UnsafeMutableBufferPointer<Float>,
        _ table: UnsafeBufferPointer<Float>, _ move: Move
    ) {
        for row in 0..<images.height {
            for column in 0..<images.width {
                let y = row - move.down
                let x = (move.mirrored ? images.width - 1 - column : column) - move.right
                let inside = y >= 0 && y < images.height && x >= 0 && x < images.width
                image[row * images.width + column] = table[inside ? Int(source[y * images.width + x]) : 0]
            }
        }
    }
}
