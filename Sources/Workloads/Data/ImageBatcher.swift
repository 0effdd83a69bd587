import Torch

/// Makes normalised batches of images. What a batch holds is a pure function of (seed, epoch, position).
struct ImageBatcher {
    /// One batch: images `[N, 1, H, W]` float32, labels `[N]` int64.
    struct Batch {
        let images: Tensor
        let labels: Tensor
        let count: Int
    }

    private static let augmentStream: UInt64 = 0x6175_676D
    private static let maximumShift = 2

    let images: ImageSet
    let order: SampleOrder
    let seed: UInt64
    let augment: Bool
    private let normalised: [Float]

    /// - Parameter trainImages: only the first so many take part.
    init(images: ImageSet, trainImages: Int, epochImages: Int, seed: UInt64, augment: Bool) {
        self.images = images
        order = SampleOrder(samples: min(trainImages, images.count), perEpoch: epochImages, seed: seed)
        self.seed = seed
        self.augment = augment
        normalised = (0..<256).map { (Float($0) - FashionMNIST.pixelMean) / FashionMNIST.pixelDeviation }
    }

    /// Batches in plain order, for evaluation.
    init(images: ImageSet) {
        self.init(images: images, trainImages: images.count, epochImages: images.count, seed: 0, augment: false)
    }

    /// The training batch at these positions of an epoch.
    func training(epoch: Int, positions: Range<Int>) throws(TorchError) -> Batch {
        let generator = augment ? CounterGenerator(seed: seed, stream: Self.augmentStream) : nil
        let first = UInt64(epoch * order.perEpoch + positions.lowerBound)
        return try batch(order.indices(epoch: epoch, positions: positions), first: first, generator)
    }

    /// The images in this range, unchanged.
    func plain(_ range: Range<Int>) throws(TorchError) -> Batch { try batch(Array(range), first: 0, nil) }

    private func batch(_ indices: [Int], first: UInt64, _ generator: CounterGenerator?) throws(TorchError) -> Batch {
        let size = images.imageSize
        let tensor = try Tensor.zeros([indices.count, 1, images.height, images.width])
        try tensor.withBytes { (bytes) throws(TorchError) in
            let target = bytes.bindMemory(to: Float.self)
            images.pixels.withUnsafeBufferPointer { pixels in
                normalised.withUnsafeBufferPointer { table in
                    for (slot, index) in indices.enumerated() {
                        let source = UnsafeBufferPointer(rebasing: pixels[index * size..<(index + 1) * size])
                        let image = UnsafeMutableBufferPointer(rebasing: target[slot * size..<(slot + 1) * size])
                        if let generator {
                            shift(source, into: image, table, generator, 3 * (first + UInt64(slot)))
                        } else {
                            for i in 0..<size { image[i] = table[Int(source[i])] }
                        }
                    }
                }
            }
        }
        let labels = try Tensor.of(indices.map { Int64(images.labels[$0]) })
        return Batch(images: tensor, labels: labels, count: indices.count)
    }

    /// Copies an image moved by up to two pixels and mirrored half of the time; pixels from outside are black.
    private func shift(
        _ source: UnsafeBufferPointer<UInt8>, into image: UnsafeMutableBufferPointer<Float>,
        _ table: UnsafeBufferPointer<Float>, _ generator: CounterGenerator, _ counter: UInt64
    ) {
        let span = 2 * Self.maximumShift + 1
        let down = generator.below(span, counter) - Self.maximumShift
        let right = generator.below(span, counter + 1) - Self.maximumShift
        let mirrored = generator.below(2, counter + 2) == 1
        for row in 0..<images.height {
            for column in 0..<images.width {
                let y = row - down
                let x = (mirrored ? images.width - 1 - column : column) - right
                let inside = y >= 0 && y < images.height && x >= 0 && x < images.width
                image[row * images.width + column] = table[inside ? Int(source[y * images.width + x]) : 0]
            }
        }
    }
}
