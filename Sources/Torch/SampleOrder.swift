/// Which sample each place of each epoch holds: a pure function of (seed, epoch, position), so that a run can stop and
/// go on anywhere, and replicas agree without talking.
///
/// Epochs read one endless stream of permutations of all samples, so that epochs shorter than the data use every sample
/// equally often.
public struct SampleOrder: Sendable {
    private static let stream: UInt64 = 0x6F72_6465_72
    public let samples: Int
    /// Samples that one epoch draws.
    public let perEpoch: Int
    private let seed: UInt64
    private let stream: UInt64

    /// - Parameter use: separates several orders with one seed, for example those of two training stages.
    public init(samples: Int, perEpoch: Int? = nil, seed: UInt64, use: UInt64 = 0) {
        precondition(samples > 0)
        self.samples = samples
        self.perEpoch = perEpoch ?? samples
        self.seed = seed
        stream = Self.stream &+ use &* 0x9E37_79B9_7F4A_7C15
    }

    /// The samples at these positions of an epoch.
    public func indices(epoch: Int, positions: Range<Int>) -> [Int] {
        var pass = -1
        var permutation: CounterPermutation?
        return positions.map { position in
            let place = epoch * perEpoch + position
            if permutation == nil || place / samples != pass {
                pass = place / samples
                let generator = CounterGenerator(seed: seed, stream: stream &+ UInt64(pass) << 8)
                permutation = CounterPermutation(count: samples, generator: generator)
            }
            return permutation![place % samples]
        }
    }

    /// Batches in an epoch; the last one may be short.
    public func batches(ofSize size: Int) -> Int { (perEpoch + size - 1) / size }

    /// The positions of a batch.
    public func positions(batch: Int, size: Int) -> Range<Int> {
        batch * size..<min((batch + 1) * size, perEpoch)
    }

    /// The samples of a batch of an epoch.
    public func batch(_ batch: Int, size: Int, epoch: Int) -> [Int] {
        indices(epoch: epoch, positions: positions(batch: batch, size: size))
    }
}
