import Testing
import Torch

@Suite("First and second derivatives of all operations", .enabled(if: TorchRuntime.isAvailable, "libtorch is missing"))
struct DerivativeTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let shapes: [[Int]]
        /// False where libtorch has no second derivative.
        var second = true
        let apply: @Sendable ([Tensor]) throws(TorchError) -> Tensor
        var testDescription: String { name }
    }

    private static let image = [2, 4, 6, 6]

    static let elementwise: [Case] = [
        Case(name: "gelu", shapes: [[5]]) { (x) throws(TorchError) in try x[0].gelu() },
        Case(name: "gelu tanh", shapes: [[5]]) { (x) throws(TorchError) in try x[0].gelu(tanhForm: true) },
        Case(name: "leaky ReLU", shapes: [[5]]) { (x) throws(TorchError) in try x[0].leakyReLU(slope: 0.2).squared() },
        Case(name: "sigmoid", shapes: [[5]]) { (x) throws(TorchError) in try x[0].sigmoid() },
        Case(name: "silu, tanh", shapes: [[5]]) { (x) throws(TorchError) in try x[0].silu() * x[0].tanh() },
        Case(name: "power, abs, sqrt", shapes: [[5]]) { (x) throws(TorchError) in
            try (x[0].abs() + 1).sqrt() * x[0].power(3)
        },
        Case(name: "sin, cos, exp, log", shapes: [[5]]) { (x) throws(TorchError) in
            try x[0].sin() * x[0].cos() * x[0].exp() / (x[0].squared() + 1).log().scaled(by: 1, adding: 2)
        },
        Case(name: "broadcasting", shapes: [[3, 1], [1, 4], [4]]) { (x) throws(TorchError) in
            try (x[0] * x[1] + x[2]) / (x[1].squared() + 1) - 2 * x[0]
        },
        Case(name: "where, mask, clamp", shapes: [[9]]) { (x) throws(TorchError) in
            let mask = try x[0].detached().isTrue(.greater, 0)
            return try mask.choosing(x[0].power(3), otherwise: x[0].squared()) + x[0].clamped(-0.5...0.5)
        },
    ]

    static let linear: [Case] = [
        Case(name: "matmul of batches", shapes: [[2, 3, 4], [2, 4, 5]]) { (x) throws(TorchError) in
            try x[0].matmul(x[1])
        },
        Case(name: "einsum", shapes: [[3, 4], [5, 4]]) { (x) throws(TorchError) in
            try Tensor.einsum("nd,kd->nk", x).squared()
        },
        Case(name: "softmax, logsumexp", shapes: [[3, 4]]) { (x) throws(TorchError) in
            try x[0].softmax(axis: 1) * x[0].logSumExp(axis: 1, keepingAxis: true)
        },
        Case(name: "norm, cosine", shapes: [[3, 4], [3, 4]]) { (x) throws(TorchError) in
            try x[0].cosineSimilarity(x[1], axis: 1) + x[0].normalised(axis: 1).sum(axis: 1) + x[1].norm(axes: [1])
        },
        Case(name: "max, min, variance", shapes: [[3, 4]]) { (x) throws(TorchError) in
            try x[0].max(axes: [1]) * x[0].min(axes: [1]) + x[0].variance(axes: [1]) + x[0].mean(axes: [0, 1])
        },
        Case(name: "top, gather, index add", shapes: [[3, 5]]) { (x) throws(TorchError) in
            let top = try x[0].top(2, axis: 1)
            let index = try Tensor.of([0, 2, 0] as [Int64])
            return try Tensor.zeros([3, 2], type: .float64).adding(top.values.power(3), at: index, axis: 0)
        },
        Case(name: "pad, flip, permute, cat, stack", shapes: [[1, 2, 3, 4]]) { (x) throws(TorchError) in
            let padded = try x[0].padded([(1, 1), (1, 0)], .reflect).flipped([3]).permuted([0, 2, 3, 1])
            return try Tensor.concatenated([padded, padded.squared()], axis: 3)
        },
    ]

    static let layers: [Case] = [
        Case(name: "convolution in groups", shapes: [image, [8, 2, 3, 3], [8]]) { (x) throws(TorchError) in
            try x[0].conv2d(weight: x[1], bias: x[2], stride: (2, 1), padding: (1, 2), groups: 2).sigmoid()
        },
        Case(name: "transposed convolution", shapes: [image, [4, 2, 2, 2]]) { (x) throws(TorchError) in
            try x[0].convTranspose2d(weight: x[1], stride: 2).sigmoid()
        },
        Case(name: "group norm", shapes: [image, [4], [4]]) { (x) throws(TorchError) in
            try x[0].groupNorm(groups: 2, weight: x[1], bias: x[2]).sigmoid()
        },
        Case(name: "layer norm", shapes: [[3, 6], [6], [6]]) { (x) throws(TorchError) in
            try x[0].layerNorm([6], weight: x[1], bias: x[2]).sigmoid()
        },
        Case(name: "pooling", shapes: [image]) { (x) throws(TorchError) in
            try x[0].maxPool2d(3, stride: 2, padding: 1).squared().adaptiveAveragePool2d(height: 2, width: 2)
                * x[0].averagePool2d(3).sigmoid()
        },
        Case(name: "resize", shapes: [image]) { (x) throws(TorchError) in
            let up = try x[0].resized(height: 9, width: 9)
            let corners = try x[0].resized(height: 9, width: 9, .bicubic, alignCorners: true)
            return try up * corners
        },
        Case(name: "grid sample", shapes: [[1, 2, 4, 4], [1, 3, 3, 2]], second: false) { (x) throws(TorchError) in
            try x[0].sampled(at: x[1].tanh(), border: true)
        },
        Case(name: "cross entropies", shapes: [[4, 3], [3]]) { (x) throws(TorchError) in
            let labels = try Tensor.of([0, 2, 1, 2] as [Int64])
            let weights = try Tensor.of([0.5, 1, 2] as [Double])
            let target = try Tensor.of([1, 0, 1] as [Double])
            return try x[0].crossEntropy(labels, classWeights: weights, reduction: .mean, smoothing: 0.1)
                + x[1].binaryCrossEntropy(target, reduction: .sum)
                + x[0].logSoftmax(axis: 1).negativeLogLikelihood(labels, classWeights: weights, reduction: .sum)
        },
    ]

    @Test(arguments: elementwise + linear + layers) func matchFiniteDifferences(_ item: Case) throws {
        let inputs = try item.shapes.enumerated().map { index, shape in
            try FiniteDifferences.normal(shape, stream: UInt64(10 + index))
        }
        // Weights on the result, so that no gradient cancels.
        func loss(_ inputs: [Tensor]) throws(TorchError) -> Tensor {
            let result = try item.apply(inputs)
            return try (result * FiniteDifferences.normal(result.shape(), stream: 3)).sum()
        }
        #expect(try FiniteDifferences.deviation(of: inputs, loss) < 1e-7)
        guard item.second else { return }
        #expect(try FiniteDifferences.secondDeviation(of: inputs, loss) < 1e-6)
    }

    /// Batch norm with ReLU and pooling in one operation has its own backward pass, and its own second one.
    @Test(arguments: [BatchNorm2d.Tail.none, .relu, .reluPool]) func batchNorm(_ tail: BatchNorm2d.Tail) throws {
        let norm = try BatchNorm2d(name: "bn", channels: 3, type: .float64)
        try norm.weight.copy(from: try FiniteDifferences.normal([3], stream: 4))
        func loss(_ inputs: [Tensor]) throws(TorchError) -> Tensor {
            let result = try norm(inputs[0], training: true, tail: tail)
            return try (result.squared() * FiniteDifferences.normal(result.shape(), stream: 5)).sum()
        }
        let inputs = [try FiniteDifferences.normal([2, 3, 4, 4], stream: 6), norm.weight, norm.bias]
        #expect(try FiniteDifferences.deviation(of: inputs, loss) < 1e-6)
        #expect(try FiniteDifferences.secondDeviation(of: inputs, loss) < 1e-5)
    }

    @Test func whatTheResultDoesNotDependOnHasNoGradient() throws {
        let (a, b) = (try Tensor.of([2.0]).requiringGradient(), try Tensor.of([3.0]).requiringGradient())
        let found = try a.squared().gradients(of: [a, b])
        #expect(try found[0]?.item() == 4)
        #expect(found[1] == nil)
        #expect(throws: TorchError.self) { _ = try a.squared().gradient(of: b) }
    }
}
