import Torch

/// A part of a convolutional network, from feature maps to feature maps.
protocol ImageStage: Network {
    func callAsFunction(_ input: Tensor, training: Bool) throws(TorchError) -> Tensor
}

/// Stages one after the other.
final class StageChain: ImageStage {
    private let stages: [any ImageStage]

    init(_ stages: [any ImageStage]) { self.stages = stages }

    func callAsFunction(_ input: Tensor, training: Bool) throws(TorchError) -> Tensor {
        var values = input
        for stage in stages { values = try stage(values, training: training) }
        return values
    }

    var parameters: [NamedTensor] { stages.flatMap(\.parameters) }
    var buffers: [NamedTensor] { stages.flatMap(\.buffers) }
}

/// Convolution, batch norm, ReLU, and max pooling where asked.
final class ConvolutionStage: ImageStage {
    private let convolution: Conv2d
    private let norm: BatchNorm2d
    private let pool: Bool

    /// - Parameter pool: 3x3 max pooling with stride 2 at the end (the stem of ResNet for ImageNet).
    init(
        name: String, norm normName: String, inputs: Int, outputs: Int, size: Int, stride: Int, pool: Bool = false,
        initial: inout InitialWeights
    ) throws(TorchError) {
        convolution = try Conv2d(
            name: name, inputs: inputs, outputs: outputs, size: size, stride: stride, initial: &initial)
        norm = try BatchNorm2d(name: normName, channels: outputs)
        self.pool = pool
    }

    func callAsFunction(_ input: Tensor, training: Bool) throws(TorchError) -> Tensor {
        let values = try norm(convolution(input), training: training, tail: .relu)
        return pool ? try values.maxPool2d(3, stride: 2, padding: 1) : values
    }

    var parameters: [NamedTensor] { convolution.parameters + norm.parameters }
    var buffers: [NamedTensor] { norm.buffers }
}

extension ResidualBlock: ImageStage {}
