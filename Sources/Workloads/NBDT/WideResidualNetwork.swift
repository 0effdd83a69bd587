import Torch

/// WideResNet-depth-width for images of about 32x32 (Zagoruyko, Komodakis, arXiv:1605.07146, table 1): three groups of
/// (depth - 4) / 6 blocks with 16, 32, 64 times width channels, strides 1, 2, 2.
final class WideResidualNetwork: ImageClassifier {
    private let convolution: Conv2d
    private let blocks: [WideResidualBlock]
    private let norm: BatchNorm2d
    private let classifier: Linear
    private let width: Int

    /// - Parameter depth: 4 more than a multiple of 6: 10, 16, 22, 28, 40.
    init(depth: Int, widening: Int, channels: Int, classes: Int, seed: UInt64) throws(TorchError) {
        var initial = InitialWeights(seed: seed)
        convolution = try Conv2d(name: "conv1", inputs: channels, outputs: 16, size: 3, initial: &initial)
        var blocks: [WideResidualBlock] = []
        var inputs = 16
        for (group, base) in [16, 32, 64].enumerated() {
            for block in 0..<(depth - 4) / 6 {
                blocks.append(
                    try WideResidualBlock(
                        name: "block\(group + 1).layer.\(block)", inputs: inputs, outputs: base * widening,
                        stride: group > 0 && block == 0 ? 2 : 1, initial: &initial))
                inputs = base * widening
            }
        }
        self.blocks = blocks
        width = inputs
        norm = try BatchNorm2d(name: "bn1", channels: inputs)
        classifier = try Linear(name: "fc", inputs: inputs, outputs: classes, initial: &initial)
    }

    var classWeights: Tensor { classifier.weight }

    func logits(_ images: Tensor, training: Bool) throws(TorchError) -> Tensor {
        var values = try convolution(images)
        for block in blocks { values = try block(values, training: training) }
        values = try norm(values, training: training, tail: .relu)
        return try classifier(values.adaptiveAveragePool2d().reshaped([-1, width]))
    }

    var parameters: [NamedTensor] {
        convolution.parameters + blocks.flatMap(\.parameters) + norm.parameters + classifier.parameters
    }

    var buffers: [NamedTensor] { blocks.flatMap(\.buffers) + norm.buffers }
}
