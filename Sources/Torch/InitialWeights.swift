/// Hands out initial weights from a seed. The n-th tensor asked for draws from stream n, so that a layer's weights do
/// not depend on the sizes of the layers before it.
public struct InitialWeights {
    private let seed: UInt64
    private var next: UInt64 = 0

    public init(seed: UInt64) { self.seed = seed }

    /// Normal with variance 2 / fan-in; the fan-in is the product of all sizes but the first.
    public mutating func kaimingNormal(_ shape: [Int]) throws(TorchError) -> Tensor {
        let fanIn = shape.dropFirst().reduce(1, *)
        let deviation = (2 / Double(fanIn)).squareRoot()
        return try draw(shape) { generator, index in deviation * generator.normal(index) }
    }

    /// Normal with variance 2 / fan-out; the fan-out is the product of all sizes but the second.
    public mutating func kaimingNormalByOutputs(_ shape: [Int]) throws(TorchError) -> Tensor {
        let fanOut = shape[0] * shape.dropFirst(2).reduce(1, *)
        let deviation = (2 / Double(fanOut)).squareRoot()
        return try draw(shape) { generator, index in deviation * generator.normal(index) }
    }

    /// Uniform in [-bound, bound).
    public mutating func uniform(_ shape: [Int], bound: Double) throws(TorchError) -> Tensor {
        try draw(shape) { generator, index in bound * (2 * generator.uniform(index) - 1) }
    }

    private mutating func draw(
        _ shape: [Int], _ value: (CounterGenerator, UInt64) -> Double
    ) throws(TorchError) -> Tensor {
        let generator = CounterGenerator(seed: seed, stream: next)
        next += 1
        let count = shape.reduce(1, *)
        let values = (0..<count).map { Float(value(generator, UInt64($0))) }
        return try Tensor.of(values, shape: shape).requiringGradient()
    }
}
