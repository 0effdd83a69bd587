import Torch

/// Two 3x3 convolutions beside a shortcut (He et al., "Deep residual learning", arXiv:1512.03385, figure 2); the
/// shortcut is a 1x1 convolution with batch norm where the shape changes.
final class ResidualBlock: Network {
    private let first: Conv2d
    private let firstNorm: BatchNorm2d
    private let second: Conv2d
    private let secondNorm: BatchNorm2d
    private let shortcut: Conv2d?
    private let shortcutNorm: BatchNorm2d?

    init(
        name: String, inputs: Int, outputs: Int, stride: Int, initial: inout InitialWeights
    ) throws(TorchError) {
        first = try Conv2d(
            name: name + ".conv1", inputs: inputs, outputs: outputs, size: 3, stride: stride, initial: &initial)
        firstNorm = try BatchNorm2d(name: name + ".bn1", channels: outputs)
        second = try Conv2d(name: name + ".conv2", inputs: outputs, outputs: outputs, size: 3, initial: &initial)
        secondNorm = try BatchNorm2d(name: name + ".bn2", channels: outputs)
        if stride != 1 || inputs != outputs {
            shortcut = try Conv2d(
                name: name + ".shortcut.0", inputs: inputs, outputs: outputs, size: 1, stride: stride,
                initial: &initial)
            shortcutNorm = try BatchNorm2d(name: name + ".shortcut.1", channels: outputs)
        } else {
            shortcut = nil
            shortcutNorm = nil
        }
    }

    func callAsFunction(_ input: Tensor, training: Bool) throws(TorchError) -> Tensor {
        let inner = try firstNorm(first(input), training: training, tail: .relu)
        let outer = try secondNorm(second(inner), training: training)
        guard let shortcut, let shortcutNorm else { return try (outer + input).relu() }
        return try (outer + shortcutNorm(shortcut(input), training: training)).relu()
    }

    var parameters: [NamedTensor] {
        first.parameters + firstNorm.parameters + second.parameters + secondNorm.parameters
            + (shortcut?.parameters ?? []) + (shortcutNorm?.parameters ?? [])
    }

    var buffers: [NamedTensor] { firstNorm.buffers + secondNorm.buffers + (shortcutNorm?.buffers ?? []) }
}
