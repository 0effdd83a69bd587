import Testing
import Torch

/// A penalty on the input gradient of the batch's mean loss carries 1 / batch. Shards that each take their own means
/// make it as many times too large as there are shards; sums divided by the whole batch's size do not.
@Suite(
    "Batches in shards against reference results", .enabled(if: Oracle.arePresent, Oracle.note),
    .enabled(if: TorchRuntime.isAvailable, "libtorch is missing"))
struct RescaleOracleTests {
    struct File: Decodable {
        struct Values: Decodable {
            let cls: Double
            let penalty: Double
            let total: Double
            let grad_conv_b: [Double]?
        }
        let x: [[[[Double]]]]
        let labels: [Int64]
        let attention: [[[[Double]]]]
        let penalty_weight: Double
        let full_batch: Values
        let two_shards_naive_average: Values
        let two_shards_input_grad_scaled_by_1_over_workers: Values
        let grad_conv_b_full: [Double]
    }

    struct WeightsFile: Decodable {
        struct Case: Decodable {
            let conv_w: [[[[Double]]]]
            let conv_b: [Double]
            let fc_w: [[Double]]
            let fc_b: [Double]
        }
        let conv_case: Case
    }

    /// conv3x3 - ReLU - global mean - linear, float64.
    final class Model: Network {
        let parameters: [NamedTensor]

        init(_ weights: WeightsFile.Case) throws(TorchError) {
            func named(_ name: String, _ values: [Double], _ shape: [Int]) throws(TorchError) -> NamedTensor {
                NamedTensor(name: name, tensor: try Tensor.of(values, shape: shape).requiringGradient())
            }
            parameters = [
                try named("conv.weight", weights.conv_w.flatMap { $0.flatMap { $0.flatMap { $0 } } }, [2, 3, 3, 3]),
                try named("conv.bias", weights.conv_b, [2]),
                try named("fc.weight", weights.fc_w.flatMap { $0 }, [3, 2]),
                try named("fc.bias", weights.fc_b, [3]),
            ]
        }

        func logits(_ x: Tensor) throws(TorchError) -> Tensor {
            let p = parameters.map(\.tensor)
            return try x.conv2d(weight: p[0], bias: p[1], padding: 1).relu().mean(axes: [2, 3])
                .linear(weight: p[2], bias: p[3])
        }
    }

    private let file: File
    private let weights: WeightsFile.Case
    private let images: Tensor
    private let labels: Tensor
    private let maps: Tensor

    init() throws {
        file = try Oracle.read("gals_rescale")
        weights = try Oracle.read("gals_rrr", as: WeightsFile.self).conv_case
        images = try Tensor.of(file.x.flatMap { $0.flatMap { $0.flatMap { $0 } } }, shape: [4, 3, 4, 4])
        maps = try Tensor.of(file.attention.flatMap { $0.flatMap { $0.flatMap { $0 } } }, shape: [4, 1, 4, 4])
        labels = try Tensor.of(file.labels)
    }

    /// Loss, unweighted penalty and the gradient of the first bias.
    private func run(shards: Int, means: Bool) throws -> (loss: Double, parts: [Double], gradient: [Double]) {
        let parallel = try DataParallel(
            devices: Array(repeating: .cpu, count: shards)
        ) { () throws(TorchError) in try Model(weights) }
        let result = try parallel.accumulate(batch: 4) { (replica, part) throws(TorchError) in
            // What a shard by itself would divide by, or what the batch amounts to.
            let count = Double(means ? part.count : 4)
            let x = try images.slice(part).clone().requiringGradient()
            let loss = try replica.model.logits(x)
                .crossEntropy(labels.slice(part), reduction: .sum).scaled(by: 1 / count)
            let gradient = try loss.gradient(of: x, differentiable: true)
            let penalty = try (gradient * (1 - maps.slice(part))).abs().sum().scaled(by: 1 / (count * 48))
            let average = means ? 1 / Double(shards) : 1
            let total = try (loss + penalty.scaled(by: file.penalty_weight)).scaled(by: average)
            return (total, [try loss.item() * average, try penalty.item() * average])
        }
        let bias = try #require(try parallel.main.parameters[1].tensor.gradient())
        return (result.loss, result.numbers, try bias.values())
    }

    private func check(_ found: (loss: Double, parts: [Double], gradient: [Double]), _ expected: File.Values) {
        #expect(difference(found.parts + [found.loss], [expected.cls, expected.penalty, expected.total]) < 1e-12)
    }

    @Test func wholeBatch() throws {
        let found = try run(shards: 1, means: false)
        check(found, file.full_batch)
        #expect(difference(found.gradient, file.grad_conv_b_full) < 1e-12)
    }

    @Test func twoShardsKeepTheBatch() throws {
        let found = try run(shards: 2, means: false)
        check(found, file.two_shards_input_grad_scaled_by_1_over_workers)
        check(found, file.full_batch)
        #expect(difference(found.gradient, file.grad_conv_b_full) < 1e-12)
        let expected = try #require(file.two_shards_input_grad_scaled_by_1_over_workers.grad_conv_b)
        #expect(difference(found.gradient, expected) < 1e-12)
    }

    /// What goes wrong otherwise: the penalty doubles.
    @Test func shardsThatTakeTheirOwnMeansDoNot() throws {
        check(try run(shards: 2, means: true), file.two_shards_naive_average)
    }
}
