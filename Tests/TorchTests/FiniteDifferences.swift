import Testing
import Torch

/// Compares gradients with central differences, in double precision.
enum FiniteDifferences {
    private static let step = 1e-6

    /// Normal values, float64.
    static func normal(_ shape: [Int], stream: UInt64) throws(TorchError) -> Tensor {
        let generator = CounterGenerator(seed: 7, stream: stream)
        let count = shape.reduce(1, *)
        return try Tensor.of((0..<count).map { generator.normal(UInt64($0)) }, shape: shape)
    }

    /// The largest deviation, relative to 1 or the gradient, over some elements of each input.
    static func deviation(
        of inputs: [Tensor], _ loss: ([Tensor]) throws(TorchError) -> Tensor
    ) throws -> Double {
        for input in inputs { try input.requiringGradient() }
        let gradients = try loss(inputs).gradients(of: inputs)
        var worst = 0.0
        for (input, gradient) in zip(inputs, gradients) {
            let expected = try #require(gradient).values(Double.self)
            let places = Swift.stride(from: 0, to: expected.count, by: max(1, expected.count / 7))
            for place in places {
                func shifted(_ by: Double) throws -> Double {
                    let original = try input.values(Double.self)[place]
                    try input.withBytes { $0.bindMemory(to: Double.self)[place] = original + by }
                    defer { try? input.withBytes { $0.bindMemory(to: Double.self)[place] = original } }
                    // Recording stays on: the loss may itself be made of gradients.
                    return try loss(inputs).item()
                }
                let numeric = (try shifted(step) - shifted(-step)) / (2 * step)
                worst = max(worst, abs(numeric - expected[place]) / max(1, abs(numeric)))
            }
        }
        return worst
    }

    /// The same for second derivatives: of the squared length of the gradient.
    static func secondDeviation(
        of inputs: [Tensor], _ loss: ([Tensor]) throws(TorchError) -> Tensor
    ) throws -> Double {
        try deviation(of: inputs) { (inputs) throws(TorchError) in
            var total = try Tensor.zeros([], type: .float64)
            for gradient in try loss(inputs).gradients(of: inputs, differentiable: true) {
                if let gradient { total = try total + gradient.squared().sum() }
            }
            return total
        }
    }
}
