import Foundation
import Testing
import Torch

@testable import Workloads

@Suite("Hyperfeatures: aggregation", .enabled(if: TorchRuntime.isAvailable, "libtorch is missing"))
struct AggregationTests {
    private func random(_ shape: [Int], stream: UInt64) throws -> Tensor {
        let generator = CounterGenerator(seed: 3, stream: stream)
        return try Tensor.of((0..<shape.reduce(1, *)).map { generator.normal(UInt64($0)) }, shape: shape)
    }

    /// The 1x1 convolutions before the resize give what they give after it, values and gradients.
    @Test(arguments: [(4, 4), (8, 8), (3, 6), (10, 12), (16, 16)]) func resizeAndProjectionCommute(
        _ side: (Int, Int)
    ) throws {
        let shape = AggregationNetwork.Shape(channels: [6, 8], timesteps: 2, projection: 8, bottleneck: 4, groups: 2)
        let networks = try (0..<2).map { _ in try AggregationNetwork(shape, seed: 1, type: .float64) }
        let features = try [6, 8].enumerated().map { layer, channels in
            try random([4, channels, side.0, side.1], stream: UInt64(layer))
        }
        let fast = try networks[0](features, height: 8, width: 8)
        let first = try features.map { try $0.resized(height: 8, width: 8) }
        let plain = try networks[1](first, height: 8, width: 8)
        #expect(try fast.shape() == [2, 8, 8, 8])
        #expect(difference(try fast.values(Double.self), try plain.values(Double.self)) < 1e-12)
        for output in [fast, plain] { try output.squared().mean().backward() }
        for (a, b) in zip(networks[0].parameters, networks[1].parameters) {
            let (x, y) = (try #require(try a.tensor.gradient()), try #require(try b.tensor.gradient()))
            #expect(difference(try x.values(Double.self), try y.values(Double.self)) < 1e-12, "\(a.name)")
        }
    }

    @Test func equalWeightsStayEqualWhereTheyAreNotLearned() throws {
        let shape = AggregationNetwork.Shape(
            channels: [4], timesteps: 3, projection: 8, bottleneck: 4, groups: 2, learnsMixing: false)
        let network = try AggregationNetwork(shape, seed: 0)
        let output = try network([random([3, 4, 4, 4], stream: 0).converted(to: .float32)], height: 4, width: 4)
        try output.mean().backward()
        #expect(try network.mixingWeights.gradient() == nil)
        #expect(try network.mixing().values(Float.self).allSatisfy { abs($0 - 1 / 3) < 1e-7 })
    }

    /// A descriptor that is zero everywhere (all ReLUs off) has no direction; the reference makes it NaN.
    @Test func zeroDescriptorsAreNotNaN() throws {
        let map = try Tensor.zeros([3, 2, 2], type: .float64).requiringGradient()
        let cells = try Tensor.of([0, 3] as [Int64])
        let loss = try MatchingLoss(temperature: 0.07)(source: map, target: map, sourceCells: cells, targetCells: cells)
        #expect(abs(try loss.item() - log(4)) < 1e-12)
        try loss.backward()
        #expect(try #require(try map.gradient()).values(Double.self).allSatisfy { $0.isFinite })
    }

    @Test func theFirstOfEqualMatchesWins() throws {
        let map = try Tensor.ones([2, 3, 3], type: .float64)
        let found = try DescriptorMatcher(extent: ImageExtent(width: 3, height: 3)).matches(
            source: map, target: map, points: [ImagePoint(x: 2, y: 2)])
        #expect(found.map(\.cell) == [0])
    }

    @Test func mixingPicture() throws {
        let layout = FeatureLayout(
            timesteps: [-1, 300],
            layers: [.init(channels: 64, height: 8, width: 8), .init(channels: 16, height: 32, width: 32)])
        let mixing = MixingWeights(layout: layout, weights: [0.1, 0.2, 0.6, 0.1])
        #expect(mixing.ranked.map(\.weight) == [0.6, 0.2, 0.1, 0.1])
        #expect(mixing.ranked[0] == MixingWeights.Cell(timestep: 300, layer: 0, weight: 0.6))
        #expect(abs(mixing.entropy - 1.0889) < 1e-4)
        let svg = mixing.svg(title: "a <b> & c")
        #expect(svg.contains("a &lt;b&gt; &amp; c") && !svg.contains("a <b>"))
        for text in [">60.00 %<", ">20.00 %<", ">clean<", ">300<", ">0: 64x8x8<", "rgb(8,48,107)"] {
            #expect(svg.contains(text), "\(text)")
        }
        let parsed = try JSONSerialization.jsonObject(with: Data(mixing.json.utf8)) as? [String: Any]
        #expect(parsed?["weights"] as? [[Double]] == [[0.1, 0.2], [0.6, 0.1]])
        #expect(mixing.text.contains("1: 16x32x32") && mixing.text.contains("0.60000"))
    }
}
