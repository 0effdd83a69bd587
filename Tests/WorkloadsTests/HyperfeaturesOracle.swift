import Testing
import Torch

@testable import Workloads

/// Lists of any depth, as the oracle files write arrays.
struct OracleArray: Decodable {
    let values: [Double]
    let shape: [Int]

    init(from decoder: any Decoder) throws {
        if let number = try? decoder.singleValueContainer().decode(Double.self) {
            values = [number]
            shape = []
            return
        }
        let parts = try decoder.singleValueContainer().decode([OracleArray].self)
        values = parts.flatMap(\.values)
        shape = [parts.count] + (parts.first?.shape ?? [])
    }

    func tensor() throws -> Tensor { try Tensor.of(values, shape: shape) }

    func difference(from tensor: Tensor) throws -> Double {
        try tensor.shape() == shape || shape.isEmpty
            ? largestDifference(tensor.values(Double.self), values) : .infinity
    }

    private func largestDifference(_ a: [Double], _ b: [Double]) -> Double {
        a.count == b.count ? zip(a, b).map { abs($0 - $1) }.max() ?? 0 : .infinity
    }
}

/// The small network of the oracle files: layers of 4, 6 and 8 channels at 2 timesteps, 8 channels of descriptors.
enum OracleNetwork {
    static let shape = AggregationNetwork.Shape(
        channels: [4, 6, 8], timesteps: 2, projection: 8, bottleneck: 2, groups: 2)

    static func make(_ parameters: [String: OracleArray]) throws -> AggregationNetwork {
        let network = try AggregationNetwork(shape, seed: 0, type: .float64)
        for named in network.parameters {
            // bottleneck_layers.0.0.conv1.weight is 0.conv1.weight there.
            let parts = named.name.split(separator: ".")
            let key = parts.count == 1 ? named.name : ([parts[1]] + parts[3...]).joined(separator: ".")
            try named.tensor.copy(from: #require(parameters[key], "\(key)").tensor())
        }
        #expect(network.parameters.count == parameters.count)
        return network
    }

    /// `[B, T * L * C, H, W]`, timestep by timestep, as one tensor per layer.
    static func features(_ joined: Tensor) throws -> [Tensor] {
        let size = try joined.shape()
        var layers: [Tensor] = []
        var start = 0
        for channels in shape.channels {
            var steps: [Tensor] = []
            for timestep in 0..<shape.timesteps {
                let first = timestep * shape.channels.reduce(0, +) + start
                steps.append(try joined.slice(first..<first + channels, axis: 1))
            }
            layers.append(try Tensor.stacked(steps, axis: 1).reshaped([-1, channels, size[2], size[3]]))
            start += channels
        }
        return layers
    }
}
