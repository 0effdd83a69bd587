import Testing
import Torch

@testable import Workloads

@Suite(
    "Hyperfeatures: network, loss and training against reference results", .enabled(if: Oracle.arePresent, Oracle.note),
    .enabled(if: TorchRuntime.isAvailable, "libtorch is missing"))
struct AggregationOracleTests {
    struct Forward: Decodable {
        struct Counts: Decodable {
            let sd15_dims: [Int]
            let sd15_11steps_proj384: Int
            let sd15_1step_proj384: Int
        }
        let params: [String: OracleArray]
        let input_BxTLCxHxW: OracleArray
        let mixing_softmax: [Double]
        let output: OracleArray
        let scalar_mean_square: Double
        let grad_mixing_weights: OracleArray
        let grad_layer0_conv1: OracleArray
        let param_counts: Counts
    }

    @Test func forwardAndGradients() throws {
        let oracle = try Oracle.read("hyperfeatures_aggregation", as: Forward.self)
        let network = try OracleNetwork.make(oracle.params)
        #expect(difference(try network.mixing().values(Double.self), oracle.mixing_softmax) < 1e-15)
        let features = try OracleNetwork.features(oracle.input_BxTLCxHxW.tensor())
        let output = try network(features, height: 3, width: 3)
        #expect(try oracle.output.difference(from: output) < 1e-12)
        let mean = try output.squared().mean()
        #expect(abs(try mean.item() - oracle.scalar_mean_square) < 1e-13)
        try mean.backward()
        let mixing = try #require(try network.mixingWeights.gradient())
        #expect(try oracle.grad_mixing_weights.difference(from: mixing) < 1e-13)
        let weight = try #require(network.parameters.first { $0.name == "bottleneck_layers.0.0.conv1.weight" })
        #expect(try oracle.grad_layer0_conv1.difference(from: try #require(try weight.tensor.gradient())) < 1e-13)
    }

    @Test func numberOfParameters() throws {
        let counts = try Oracle.read("hyperfeatures_aggregation", as: Forward.self).param_counts
        for (timesteps, expected) in [(11, counts.sd15_11steps_proj384), (1, counts.sd15_1step_proj384)] {
            let network = try AggregationNetwork(
                .init(channels: counts.sd15_dims, timesteps: timesteps, projection: 384, bottleneck: 96, groups: 32),
                seed: 0)
            let found = try network.parameters.reduce(0) { $0 + (try $1.tensor.shape().reduce(1, *)) }
            #expect(found == expected)
        }
    }

    struct Loss: Decodable {
        let feats1: OracleArray
        let feats2: OracleArray
        let source_points: [[Double]]
        let target_points: [[Double]]
        let source_idx: [Int64]
        let target_idx: [Int64]
        let loss: Double
        let grad_feats1: OracleArray
        let grad_feats2: OracleArray
        let by_temperature: [String: Double]
        let sanity_orthonormal_2x2: Sanity

        struct Sanity: Decodable {
            let loss: Double
            let closed_form: Double
        }
    }

    @Test func lossAndGradients() throws {
        let oracle = try Oracle.read("hyperfeatures_loss", as: Loss.self)
        let grid = ImageExtent(width: 4, height: 4)
        let cells = [oracle.source_points, oracle.target_points].map { points in
            points.map { ImagePoint(x: $0[1], y: $0[0]).cell(of: grid) }
        }
        #expect(cells == [oracle.source_idx, oracle.target_idx])
        func loss(_ a: Tensor, _ b: Tensor, _ temperature: Double) throws -> Tensor {
            try MatchingLoss(temperature: temperature)(
                source: a, target: b, sourceCells: Tensor.of(cells[0]), targetCells: Tensor.of(cells[1]))
        }
        let maps = try [oracle.feats1, oracle.feats2].map { try $0.tensor().droppingAxis(0).clone() }
        for map in maps { try map.requiringGradient() }
        let value = try loss(maps[0], maps[1], 0.07)
        #expect(abs(try value.item() - oracle.loss) < 1e-12)
        try value.backward()
        for (map, expected) in zip(maps, [oracle.grad_feats1, oracle.grad_feats2]) {
            let gradient = try #require(try map.gradient()).insertingAxis(0)
            #expect(try expected.difference(from: gradient) < 1e-11)
        }
        for (text, expected) in oracle.by_temperature {
            let temperature = try #require(Double(text))
            #expect(abs(try loss(maps[0], maps[1], temperature).item() - expected) < 1e-11)
        }
    }

    /// Each place matches itself and nothing else: ln(1 + 3 exp(-1 / T)).
    @Test func lossOfPerfectDescriptors() throws {
        let oracle = try Oracle.read("hyperfeatures_loss", as: Loss.self).sanity_orthonormal_2x2
        let map = try Tensor.identity(4, type: .float64).reshaped([4, 2, 2])
        let cells = try Tensor.of([0, 1, 2, 3] as [Int64])
        let loss = try MatchingLoss(temperature: 0.07)(source: map, target: map, sourceCells: cells, targetCells: cells)
        #expect(abs(try loss.item() - oracle.closed_form) < 1e-15)
        #expect(abs(try loss.item() - oracle.loss) < 1e-14)
    }

    struct Training: Decodable {
        struct Pair: Decodable {
            let features_2xTLCxHxW: OracleArray
            let source_idx: [Int64]
            let target_idx: [Int64]
        }
        let params: [String: OracleArray]
        let pairs: [Pair]
        let losses: [Double]
        let final_mixing_weights: OracleArray
        let final_layer0_conv1: OracleArray
    }

    @Test func fourStepsOfTraining() throws {
        let oracle = try Oracle.read("hyperfeatures_train_steps", as: Training.self)
        let network = try OracleNetwork.make(oracle.params)
        let optimiser = try AdamW(network.parameters, weightDecay: 0)
        for (step, expected) in oracle.losses.enumerated() {
            let pair = oracle.pairs[step % 2]
            let maps = try network(
                OracleNetwork.features(pair.features_2xTLCxHxW.tensor()), height: 4, width: 4)
            let loss = try MatchingLoss(temperature: 0.07)(
                source: maps.slice(0..<1).droppingAxis(0), target: maps.slice(1..<2).droppingAxis(0),
                sourceCells: Tensor.of(pair.source_idx), targetCells: Tensor.of(pair.target_idx))
            #expect(abs(try loss.item() - expected) < 1e-10, "step \(step)")
            try loss.backward()
            try optimiser.step(learningRate: 1e-3)
        }
        #expect(try oracle.final_mixing_weights.difference(from: network.mixingWeights) < 1e-10)
        let weight = try #require(network.parameters.first { $0.name == "bottleneck_layers.0.0.conv1.weight" })
        #expect(try oracle.final_layer0_conv1.difference(from: weight.tensor) < 1e-10)
    }
}
