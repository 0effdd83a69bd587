import Testing
import Torch

/// Two replicas on the CPU: what several GPUs do, without GPUs.
@Suite("Replicas", .enabled(if: TorchRuntime.isAvailable, "libtorch is missing"))
struct DataParallelTests {
    final class Model: Network {
        let convolution: Conv2d
        let norm: GroupNorm
        let head: Linear

        init() throws(TorchError) {
            var initial = InitialWeights(seed: 3)
            convolution = try Conv2d(name: "conv", inputs: 3, outputs: 4, size: 3, initial: &initial)
            norm = try GroupNorm(name: "gn", channels: 4, groups: 2)
            head = try Linear(name: "fc", inputs: 4, outputs: 3, initial: &initial)
        }

        func logits(_ images: Tensor) throws(TorchError) -> Tensor {
            try head(norm(convolution(images)).gelu().adaptiveAveragePool2d().reshaped([-1, 4]))
        }

        var parameters: [NamedTensor] { convolution.parameters + norm.parameters + head.parameters }
    }

    private let images: Tensor
    private let labels: Tensor
    private let maps: Tensor
    private let classWeights: Tensor
    private static let count = 7

    init() throws {
        images = try FiniteDifferences.normal([Self.count, 3, 5, 5], stream: 1).converted(to: .float32)
        labels = try Tensor.of([0, 1, 2, 2, 1, 0, 2] as [Int64])
        maps = try FiniteDifferences.normal([Self.count, 1, 5, 5], stream: 2).sigmoid().converted(to: .float32)
        classWeights = try Tensor.of([1, 0.3, 0.1] as [Float])
    }

    /// Class-weighted cross entropy and a penalty on the input gradient: a weighted mean and a quantity that carries
    /// 1 / batch, the two that go wrong when each replica takes its own mean.
    private func share(_ model: Model, _ part: Range<Int>, total: Double) throws(TorchError) -> Tensor {
        let x = try images.slice(part).clone().requiringGradient()
        let target = try labels.slice(part)
        let loss = try model.logits(x)
            .crossEntropy(target, classWeights: classWeights, reduction: .sum).scaled(by: 1 / total)
        let gradient = try loss.gradient(of: x, differentiable: true)
        let outside = try (gradient * (1 - maps.slice(part))).abs().sum()
        return try loss + outside.scaled(by: 100 / Double(Self.count * 3 * 25))
    }

    private func gradients(replicas: Int) throws -> (loss: Double, values: [[Float]]) {
        let parallel = try DataParallel(
            devices: Array(repeating: .cpu, count: replicas)
        ) { () throws(TorchError) in try Model() }
        let total = try classWeights.selecting(labels, axis: 0).sum().item()
        let result = try parallel.accumulate(batch: Self.count) { (replica, part) throws(TorchError) in
            (loss: try share(replica.model, part, total: total), numbers: [Double(part.count)])
        }
        #expect(result.numbers == [Double(Self.count)])
        return (result.loss, try parallel.main.parameters.map { try #require(try $0.tensor.gradient()).values() })
    }

    @Test func twoShardsEqualOne() throws {
        let (one, two) = (try gradients(replicas: 1), try gradients(replicas: 2))
        #expect(abs(one.loss - two.loss) < 1e-6 * abs(one.loss))
        for (a, b) in zip(one.values, two.values) {
            let size = a.map(abs).max() ?? 0
            #expect(zip(a, b).allSatisfy { abs($0 - $1) <= 1e-5 * max(size, 1e-3) })
        }
    }

    @Test func partsCoverTheBatch() {
        #expect(DataParallel<Model>.parts(of: 7, among: 3) == [0..<2, 2..<4, 4..<7])
        #expect(DataParallel<Model>.parts(of: 2, among: 3) == [0..<1, 1..<2].map { $0 })
    }

    /// The running statistics of the replicas are averaged; a step then keeps all replicas equal.
    @Test func buffersAreAveraged() throws {
        final class Normed: Network {
            let norm: BatchNorm2d
            init() throws(TorchError) { norm = try BatchNorm2d(name: "bn", channels: 1) }
            var parameters: [NamedTensor] { norm.parameters }
            var buffers: [NamedTensor] { norm.buffers }
        }
        let parallel = try DataParallel(devices: [.cpu, .cpu]) { () throws(TorchError) in try Normed() }
        let values = try Tensor.of([1, 3, 10, 20] as [Float], shape: [4, 1, 1, 1])
        _ = try parallel.accumulate(batch: 4) { (replica, part) throws(TorchError) in
            let output = try replica.model.norm(values.slice(part), training: true)
            return (loss: try output.sum(), numbers: [])
        }
        // Momentum 0.1 of the means 2 and 15, averaged.
        #expect(abs(try parallel.main.norm.runningMean.item() - 0.85) < 1e-6)
    }
}
