import Torch

/// Three 3x3 convolutions (16, 32, 64 channels), each with batch norm and ReLU, max pooling after the first two,
/// global average pooling, one linear layer: about 24,000 parameters.
final class PlainNetwork: ImageClassifier {
    private let convolutions: [Conv2d]
    private let norms: [BatchNorm2d]
    private let classifier: Linear

    init(channels: Int, classes: Int, seed: UInt64) throws(TorchError) {
        var initial = InitialWeights(seed: seed)
        let sizes = [channels, 16, 32, 64]
        var convolutions: [Conv2d] = []
        var norms: [BatchNorm2d] = []
        for layer in 1..<sizes.count {
            convolutions.append(
                try Conv2d(
                    name: "conv\(layer)", inputs: sizes[layer - 1], outputs: sizes[layer], size: 3, initial: &initial))
            norms.append(try BatchNorm2d(name: "bn\(layer)", channels: sizes[layer]))
        }
        self.convolutions = convolutions
        self.norms = norms
        classifier = try Linear(name: "linear", inputs: sizes[3], outputs: classes, initial: &initial)
    }

    var classWeights: Tensor { classifier.weight }

    func logits(_ images: Tensor, training: Bool) throws(TorchError) -> Tensor {
        var values = images
        for (layer, (convolution, norm)) in zip(convolutions, norms).enumerated() {
            values = try norm(convolution(values), training: training, tail: layer < 2 ? .reluPool : .relu)
        }
        return try classifier(values.adaptiveAveragePool2d().reshaped([-1, 64]))
    }

    var parameters: [NamedTensor] {
        zip(convolutions, norms).flatMap { $0.parameters + $1.parameters } + classifier.parameters
    }

    var buffers: [NamedTensor] { norms.flatMap(\.buffers) }
}
