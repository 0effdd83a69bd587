import Torch

/// 1x1, 3x3 and 1x1 convolutions beside a shortcut (He et al., arXiv:1512.03385, figure 5), with torchvision's names
/// and its place of the stride, on the 3x3 convolution.
final class BottleneckBlock: ImageStage {
    private static let expansion = 4

    private let convolutions: [Conv2d]
    private let norms: [BatchNorm2d]
    private let shortcut: Conv2d?
    private let shortcutNorm: BatchNorm2d?

    /// - Parameter width: channels of the 3x3 convolution; the block has four times as many outputs.
    init(name: String, inputs: Int, width: Int, stride: Int, initial: inout InitialWeights) throws(TorchError) {
        let outputs = width * Self.expansion
        convolutions = [
            try Conv2d(name: name + ".conv1", inputs: inputs, outputs: width, size: 1, initial: &initial),
            try Conv2d(
                name: name + ".conv2", inputs: width, outputs: width, size: 3, stride: stride, initial: &initial),
            try Conv2d(name: name + ".conv3", inputs: width, outputs: outputs, size: 1, initial: &initial),
        ]
        norms = [
            try BatchNorm2d(name: name + ".bn1", channels: width),
            try BatchNorm2d(name: name + ".bn2", channels: width),
            try BatchNorm2d(name: name + ".bn3", channels: outputs),
        ]
        if stride != 1 || inputs != outputs {
            shortcut = try Conv2d(
                name: name + ".downsample.0", inputs: inputs, outputs: outputs, size: 1, stride: stride,
                initial: &initial)
            shortcutNorm = try BatchNorm2d(name: name + ".downsample.1", channels: outputs)
        } else {
            shortcut = nil
            shortcutNorm = nil
        }
    }

    func callAsFunction(_ input: Tensor, training: Bool) throws(TorchError) -> Tensor {
        var values = try norms[0](convolutions[0](input), training: training, tail: .relu)
        values = try norms[1](convolutions[1](values), training: training, tail: .relu)
        values = try norms[2](convolutions[2](values), training: training)
        guard let shortcut, let shortcutNorm else { return try (values + input).relu() }
        return try (values + shortcutNorm(shortcut(input), training: training)).relu()
    }

    var parameters: [NamedTensor] {
        zip(convolutions, norms).flatMap { $0.parameters + $1.parameters } + (shortcut?.parameters ?? [])
            + (shortcutNorm?.parameters ?? [])
    }

    var buffers: [NamedTensor] { norms.flatMap(\.buffers) + (shortcutNorm?.buffers ?? []) }

    /// Blocks of which the first changes the size.
    static func stage(
        name: String, blocks: Int, inputs: Int, width: Int, stride: Int, initial: inout InitialWeights
    ) throws(TorchError) -> StageChain {
        var made: [BottleneckBlock] = []
        for block in 0..<blocks {
            made.append(
                try BottleneckBlock(
                    name: "\(name).\(block)", inputs: block == 0 ? inputs : width * expansion, width: width,
                    stride: block == 0 ? stride : 1, initial: &initial))
        }
        return StageChain(made)
    }
}
