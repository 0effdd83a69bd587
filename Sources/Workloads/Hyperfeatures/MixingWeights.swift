import Foundation

/// What each layer at each timestep contributes to the descriptors.
public struct MixingWeights: Equatable, Sendable {
    public struct Cell: Equatable, Sendable {
        /// What the denoiser was asked at; -1 is the clean image.
        public let timestep: Int
        /// From 0, the smallest maps first.
        public let layer: Int
        public let weight: Double
    }

    public let layout: FeatureLayout
    /// Timestep by timestep, layer by layer within; they add up to 1.
    public let weights: [Double]

    public init(layout: FeatureLayout, weights: [Double]) {
        precondition(weights.count == layout.timesteps.count * layout.layers.count)
        self.layout = layout
        self.weights = weights
    }

    public func weight(timestep: Int, layer: Int) -> Double { weights[timestep * layout.layers.count + layer] }

    /// The largest first; equal ones in the order of the network.
    public var ranked: [Cell] {
        weights.indices.sorted { (weights[$1], $0) < (weights[$0], $1) }.map { index in
            Cell(
                timestep: layout.timesteps[index / layout.layers.count], layer: index % layout.layers.count,
                weight: weights[index])
        }
    }

    /// In nats; at most the logarithm of the number of maps, where all weigh the same.
    public var entropy: Double { weights.reduce(0) { $1 > 0 ? $0 - $1 * log($1) : $0 } }
}
