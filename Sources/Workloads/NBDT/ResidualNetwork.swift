import Torch

/// The CIFAR form of ResNet: a 3x3 convolution with stride 1, four stages of 64, 128, 256, 512 channels with strides
/// 1, 2, 2, 2, global average pooling, one linear layer.
final class ResidualNetwork: ImageClassifier {
    private let convolution: Conv2d
    private let norm: BatchNorm2d
    private let blocks: [ResidualBlock]
    private let classifier: Linear

    /// - Parameter blocksPerStage: 1 for ResNet10, 2 for ResNet18.
    init(blocksPerStage: Int, channels: Int, classes: Int, seed: UInt64) throws(TorchError) {
        var initial = InitialWeights(seed: seed)
        convolution = try Conv2d(name: "conv1", inputs: channels, outputs: 64, size: 3, initial: &initial)
        norm = try BatchNorm2d(name: "bn1", channels: 64)
        var blocks: [ResidualBlock] = []
        var inputs = 64
        for (stage, outputs) in [64, 128, 256, 512].enumerated() {
            for block in 0..<blocksPerStage {
                let stride = stage > 0 && block == 0 ? 2 : 1
                blocks.append(
                    try ResidualBlock(
                        name: "layer\(stage + 1).\(block)", inputs: inputs, outputs: outputs, stride: stride,
                        initial: &initial))
                inputs = outputs
            }
        }
        self.blocks = blocks
        classifier = try Linear(name: "linear", inputs: 512, outputs: classes, initial: &initial)
    }

    var classWeights: Tensor { classifier.weight }

    func logits(_ images: Tensor, training: Bool) throws(TorchError) -> Tensor {
        var values = try norm(convolution(images), training: training, tail: .relu)
        for block in blocks { values = try block(values, training: training) }
        return try classifier(values.adaptiveAveragePool2d().reshaped([-1, 512]))
    }

    var parameters: [NamedTensor] {
        convolution.parameters + norm.parameters + blocks.flatMap(\.parameters) + classifier.parameters
    }

    var buffers: [NamedTensor] { norm.buffers + blocks.flatMap(\.buffers) }
}
