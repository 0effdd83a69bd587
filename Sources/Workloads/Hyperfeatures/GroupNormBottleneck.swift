import Torch

/// A residual bottleneck (He et al., arXiv:1512.03385, figure 5) with group norm: 1x1, 3x3, 1x1, and a 1x1 shortcut
/// where the number of channels changes.
final class GroupNormBottleneck: Network {
    private let layers: [NormedConvolution]
    private let shortcut: NormedConvolution?

    init(
        name: String, inputs: Int, outputs: Int, bottleneck: Int, groups: Int, type: ElementType,
        initial: inout InitialWeights
    ) throws(TorchError) {
        var layers: [NormedConvolution] = []
        for (number, shape) in [(inputs, bottleneck, 1), (bottleneck, bottleneck, 3), (bottleneck, outputs, 1)]
            .enumerated()
        {
            layers.append(
                try NormedConvolution(
                    name: "\(name).conv\(number + 1)", inputs: shape.0, outputs: shape.1, size: shape.2, groups: groups,
                    type: type, initial: &initial))
        }
        self.layers = layers
        shortcut =
            try inputs == outputs
            ? nil
            : NormedConvolution(
                name: name + ".shortcut", inputs: inputs, outputs: outputs, size: 1, groups: groups, type: type,
                initial: &initial)
    }

    /// `[N, inputs, h, w]` to `[N, outputs, height, width]`, as if the input had been resized first.
    ///
    /// A 1x1 convolution without bias and a bilinear resize are both linear, one over channels and the other over
    /// places, so that they may change places. Where the map grows the convolution comes first: at a quarter of the
    /// width it costs a sixteenth, and fewer channels are left to resize.
    func callAsFunction(_ input: Tensor, height: Int, width: Int) throws(TorchError) -> Tensor {
        let shape = try input.shape()
        let grows = shape[2] * shape[3] < height * width
        let same = shape[2] == height && shape[3] == width
        let resized = try grows ? input : Self.resized(input, height, width)
        func project(_ layer: NormedConvolution) throws(TorchError) -> Tensor {
            let convolved = try layer.convolved(resized)
            return try layer.normed(grows ? Self.resized(convolved, height, width) : convolved)
        }
        let inner = try layers[2](layers[1](project(layers[0]).relu()).relu())
        guard let shortcut else {
            let unchanged = try same || !grows ? resized : Self.resized(input, height, width)
            return try (inner + unchanged).relu()
        }
        return try (inner + project(shortcut)).relu()
    }

    private static func resized(_ input: Tensor, _ height: Int, _ width: Int) throws(TorchError) -> Tensor {
        let shape = try input.shape()
        if shape[2] == height && shape[3] == width { return input }
        return try input.resized(height: height, width: width)
    }

    var parameters: [NamedTensor] { layers.flatMap(\.parameters) + (shortcut?.parameters ?? []) }
}
