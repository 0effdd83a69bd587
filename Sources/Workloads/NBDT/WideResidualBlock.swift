import Torch

/// Batch norm and ReLU before each of two 3x3 convolutions (Zagoruyko, Komodakis, arXiv:1605.07146, figure 1c without
/// dropout); the shortcut is a 1x1 convolution of the normalised input where the shape changes.
final class WideResidualBlock: Network {
    private let firstNorm: BatchNorm2d
    private let first: Conv2d
    private let secondNorm: BatchNorm2d
    private let second: Conv2d
    private let shortcut: Conv2d?

    init(name: String, inputs: Int, outputs: Int, stride: Int, initial: inout InitialWeights) throws(TorchError) {
        firstNorm = try BatchNorm2d(name: name + ".bn1", channels: inputs)
        first = try Conv2d(
            name: name + ".conv1", inputs: inputs, outputs: outputs, size: 3, stride: stride, initial: &initial)
        secondNorm = try BatchNorm2d(name: name + ".bn2", channels: outputs)
        second = try Conv2d(name: name + ".conv2", inputs: outputs, outputs: outputs, size: 3, initial: &initial)
        shortcut =
            inputs == outputs
            ? nil
            : try Conv2d(
                name: name + ".convShortcut", inputs: inputs, outputs: outputs, size: 1, stride: stride,
                initial: &initial)
    }

    func callAsFunction(_ input: Tensor, training: Bool) throws(TorchError) -> Tensor {
        let normalised = try firstNorm(input, training: training, tail: .relu)
        let inner = try secondNorm(first(normalised), training: training, tail: .relu)
        guard let shortcut else { return try second(inner) + input }
        return try second(inner) + shortcut(normalised)
    }

    var parameters: [NamedTensor] {
        firstNorm.parameters + first.parameters + secondNorm.parameters + second.parameters
            + (shortcut?.parameters ?? [])
    }

    var buffers: [NamedTensor] { firstNorm.buffers + secondNorm.buffers }
}
