import Torch

/// Joins feature maps of many layers and timesteps into one map of descriptors (Luo et al., arXiv:2305.14334): a
/// bottleneck per layer, shared by all timesteps, and a weighted sum with softmax weights over layers and timesteps.
final class AggregationNetwork: Network {
    /// The sizes of a network.
    struct Shape: Equatable, Sendable {
        /// Channels of each layer's features.
        var channels: [Int]
        var timesteps: Int
        /// Channels of the descriptors.
        var projection: Int
        /// Channels between the convolutions of a block.
        var bottleneck: Int
        var groups: Int
        var blocks = 1
        /// False: the weights of the sum stay equal.
        var learnsMixing = true
    }

    let shape: Shape
    /// One value per feature map, timestep by timestep and layer by layer within; before the softmax.
    let mixingWeights: Tensor
    private let stacks: [[GroupNormBottleneck]]

    init(_ shape: Shape, seed: UInt64, type: ElementType = .float32) throws(TorchError) {
        self.shape = shape
        var initial = InitialWeights(seed: seed)
        mixingWeights = try Tensor.ones([shape.timesteps * shape.channels.count], type: type)
            .requiringGradient(shape.learnsMixing)
        var stacks: [[GroupNormBottleneck]] = []
        for (layer, channels) in shape.channels.enumerated() {
            var stack: [GroupNormBottleneck] = []
            for block in 0..<shape.blocks {
                stack.append(
                    try GroupNormBottleneck(
                        name: "bottleneck_layers.\(layer).\(block)", inputs: block == 0 ? channels : shape.projection,
                        outputs: shape.projection, bottleneck: shape.bottleneck, groups: shape.groups, type: type,
                        initial: &initial))
            }
            stacks.append(stack)
        }
        self.stacks = stacks
    }

    /// - Parameter features: one tensor per layer, `[images * timesteps, channels, h, w]`, each image's timesteps
    ///   together. All timesteps of a layer go through its block at once: group norm looks at one map at a time, so the
    ///   values are those of a loop.
    /// - Returns: `[images, projection, height, width]`.
    func callAsFunction(_ features: [Tensor], height: Int, width: Int) throws(TorchError) -> Tensor {
        let timesteps = shape.timesteps
        let weights = try mixing().reshaped([timesteps, shape.channels.count])
        var total: Tensor?
        for (layer, stack) in stacks.enumerated() {
            var values = features[layer]
            for block in stack { values = try block(values, height: height, width: width) }
            let maps = try values.reshaped([-1, timesteps, shape.projection * height * width])
            let share = try weights.slice(layer..<layer + 1, axis: 1).reshaped([1, 1, timesteps]).matmul(maps)
            total = try total.map { (sum) throws(TorchError) in try sum + share } ?? share
        }
        guard let total else { throw TorchError(kind: .refused, message: "aggregation: expected a layer, found none") }
        return try total.reshaped([-1, shape.projection, height, width])
    }

    /// The weights of the feature maps in the sum; they add up to 1.
    func mixing() throws(TorchError) -> Tensor { try mixingWeights.softmax(axis: 0) }

    var mixingParameters: [NamedTensor] { [NamedTensor(name: "mixing_weights", tensor: mixingWeights)] }
    var blockParameters: [NamedTensor] { stacks.flatMap { $0.flatMap(\.parameters) } }
    var parameters: [NamedTensor] { mixingParameters + blockParameters }
}
