import Testing
import Torch

@Suite("Gradients", .enabled(if: TorchRuntime.isAvailable, "libtorch is missing"))
struct GradientTests {
    /// A tensor of normal values, float64.
    private func normal(_ shape: [Int], stream: UInt64) throws -> Tensor {
        let generator = CounterGenerator(seed: 7, stream: stream)
        let count = shape.reduce(1, *)
        return try Tensor.of((0..<count).map { generator.normal(UInt64($0)) }, shape: shape)
    }

    private func largestDifference(_ a: Tensor, _ b: Tensor) throws -> Double {
        let (x, y) = (try a.values(Double.self), try b.values(Double.self))
        #expect(x.count == y.count)
        return zip(x, y).map { abs($0 - $1) }.max() ?? 0
    }

    @Test func productRule() throws {
        let a = try Tensor.of([3] as [Double]).requiringGradient()
        let b = try Tensor.of([5] as [Double]).requiringGradient()
        try (a * b + a).sum().backward()
        #expect(try a.gradient()?.item() == 6)
        #expect(try b.gradient()?.item() == 3)
        try a.clearGradient()
        #expect(try a.gradient() == nil)
    }

    @Test func nothingIsRecordedWithoutGradients() throws {
        let a = try Tensor.of([3] as [Double]).requiringGradient()
        let square = try TorchRuntime.withoutGradients { () throws(TorchError) in try a * a }
        #expect(throws: TorchError.self) { try square.backward() }
    }

    @Test func convolutionMatchesFiniteDifferences() throws {
        let input = try normal([2, 3, 5, 5], stream: 1)
        let weight = try normal([4, 3, 3, 3], stream: 2).requiringGradient()
        func loss() throws -> Tensor {
            let output = try input.conv2d(weight: weight, stride: 2, padding: 1)
            return try (output * output).sum()
        }
        try loss().backward()
        let gradient = try #require(try weight.gradient()).values(Double.self)
        let step = 1e-6
        for index in [0, 17, 53, 107] {
            func shifted(_ by: Double) throws -> Double {
                try weight.withBytes { $0.bindMemory(to: Double.self)[index] += by }
                defer { try? weight.withBytes { $0.bindMemory(to: Double.self)[index] -= by } }
                return try TorchRuntime.withoutGradients { () throws(TorchError) in
                    do { return try loss().item() } catch { throw TorchError(kind: .refused, message: "\(error)") }
                }
            }
            let numeric = (try shifted(step) - shifted(-step)) / (2 * step)
            #expect(abs(numeric - gradient[index]) < 1e-5 * max(1, abs(numeric)))
        }
    }

    /// The fused operation against the separate ones: values, gradients and running buffers. 7x6 has a row that
    /// pooling leaves out; the constant image makes ties.
    @Test(arguments: [BatchNorm2d.Tail.relu, .reluPool])
    func fusedNormalisationEqualsTheSeparateOperations(_ tail: BatchNorm2d.Tail) throws {
        let values = try normal([3, 5, 7, 6], stream: 3).values(Double.self)
        var tied = values
        for index in 0..<42 { tied[index] = 0.25 }
        let results = try [true, false].map { fused in
            let norm = try BatchNorm2d(name: "bn", channels: 5, type: .float64)
            try norm.weight.copy(from: try normal([5], stream: 4))
            try norm.bias.copy(from: try normal([5], stream: 5))
            let input = try Tensor.of(tied, shape: [3, 5, 7, 6]).requiringGradient()
            var output = try norm(input, training: true, tail: fused ? tail : .none)
            if !fused {
                output = try output.relu()
                if tail == .reluPool { output = try output.maxPool2d(2) }
            }
            let weights = try normal(try output.shape(), stream: 6)
            try (output * weights).sum().backward()
            let gradients = [input, norm.weight, norm.bias].map { try? $0.gradient() }
            return [output.self, norm.runningMean, norm.runningVariance] + gradients.compactMap { $0 ?? nil }
        }
        #expect(results[0].count == 6 && results[1].count == 6)
        for (fused, separate) in zip(results[0], results[1]) {
            #expect(try largestDifference(try fused.detached(), try separate.detached()) < 1e-11)
        }
    }

    /// In evaluation mode, with and without recording, against the separate operations.
    @Test(arguments: [BatchNorm2d.Tail.relu, .reluPool])
    func fusedEvaluationEqualsTheSeparateOperations(_ tail: BatchNorm2d.Tail) throws {
        let norm = try BatchNorm2d(name: "bn", channels: 5, type: .float64)
        try norm.weight.copy(from: try normal([5], stream: 4))
        try norm.runningMean.copy(from: try normal([5], stream: 5))
        let input = try normal([3, 5, 7, 6], stream: 3)
        var expected = try norm(input, training: false).relu()
        if tail == .reluPool { expected = try expected.maxPool2d(2) }
        let recorded = try norm(input, training: false, tail: tail)
        let plain = try TorchRuntime.withoutGradients { () throws(TorchError) in
            try norm(input, training: false, tail: tail)
        }
        #expect(try largestDifference(try expected.detached(), try recorded.detached()) < 1e-13)
        #expect(try largestDifference(try expected.detached(), plain) < 1e-13)
    }

    @Test func fusedNormalisationKeepsNaN() throws {
        let norm = try BatchNorm2d(name: "bn", channels: 1)
        var values = [Float](repeating: 1, count: 32)
        values[9] = .nan
        let output = try norm(Tensor.of(values, shape: [2, 1, 4, 4]), training: true, tail: .reluPool)
        #expect(try output.values(Float.self).allSatisfy { $0.isNaN })
    }

    @Test func crossEntropyIsTheMeanLogLoss() throws {
        let logits = try Tensor.of([2, 1, 0.5, -1] as [Double], shape: [1, 4])
        let label = try Tensor.of([0] as [Int64])
        let expected = try -logits.logSoftmax(axis: 1).values(Double.self)[0]
        #expect(abs(try logits.crossEntropy(label).item() - expected) < 1e-15)
        #expect(abs(try logits.softmax(axis: 1).log().negativeLogLikelihood(label).item() - expected) < 1e-15)
    }
}
