import Torch

/// Makes normalised batches of images. What a batch holds is a pure function of (seed, epoch, position).
struct ImageBatcher {
    /// One batch: images `[N, 1, H, W]` float32, labels `[N]` int64.
    struct Batch {
        let images: Tensor
        let labels: Tensor
        let count: Int
    }

    private static let orderStream: UInt64 = 0x6F72_6465_72
    private static let augmentStream: UInt64 = 0x6175_676D
    private static let maximumShift = 2

    let images: ImageSet
    /// Only the first `trainImages` take part.
    let trainImages: Int
    let epochImages: Int
    let seed: UInt64
    let augment: Bool
    private let normalised: [Float]

    init(images: ImageSet, trainImages: Int, epochImages: Int, seed: UInt64, augment: Bool) {
        self.images = images
        self.trainImages = min(trainImages, images.count)
        self.epochImages = epochImages
        self.seed = seed
        self.augment = augment
        normalised = (0..<256).map { (Float($0) - FashionMNIST.pixelMean) / FashionMNIST.pixelDeviation }
    }

    /// Batches in plain order, for evaluation.
    init(images: ImageSet) {
        self.init(images: images, trainImages: images.count, epochImages: images.count, seed: 0, augment: false)
    }

    /// The image at a position of an epoch. Epochs read one endless stream of permutations of all training images, so
    /// that short epochs use every image equally often.
    func index(epoch: Int, position: Int) -> Int { order(epoch: epoch, positions: position..<position + 1)[0] }

    func order(epoch: Int, positions: Range<Int>) -> [Int] {
        var pass = -1
        var permutation: CounterPermutation?
        return positions.map { position in
            let place = epoch * epochImages + position
            if permutation == nil || place / trainImages != pass {
                pass = place / trainImages
                let generator = CounterGenerator(seed: seed, stream: Self.orderStream &+ UInt64(pass) << 8)
                permutation = CounterPermutation(count: trainImages, generator: generator)
            }
            return permutation![place % trainImages]
        }
    }

    /// The training batch at these positions of an epoch.
    func training(epoch: Int, positions: Range<Int>) throws(TorchError) -> Batch {
        let generator = augment ? CounterGenerator(seed: seed, stream: Self.augmentStream) : nil
        let first = UInt64(epoch * epochImages + positions.lowerBound)
        return try batch(order(epoch: epoch, positions: positions), first: first, generator)
    }

    /// The images in this range, unchanged.
    func plain(_ range: Range<Int>) throws(TorchError) -> Batch { try batch(Array(range), first: 0, nil) }

    private func batch(_ order: [Int], first: UInt64, _ generator: CounterGenerator?) throws(TorchError) -> Batch {
        let size = images.imageSize
        let tensor = try Tensor.zeros([order.count, 1, images.height, images.width])
        try tensor.withBytes { (bytes) throws(TorchError) in
            let target = bytes.bindMemory(to: Float.self)
            images.pixels.withUnsafeBufferPointer { pixels in
                normalised.withUnsafeBufferPointer { table in
                    for (slot, index) in order.enumerated() {
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
        let labels = try Tensor.of(order.map { Int64(images.labels[$0]) })
        return Batch(images: tensor, labels: labels, count: order.count)
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
