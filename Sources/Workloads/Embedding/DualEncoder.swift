import Torch

/// A small pair of encoders into one space (Radford et al., arXiv:2103.00020, at a scale of seconds). Images: three
/// convolutions with batch norm and ReLU, max pooling after the first two, average pooling to 2x2, one linear layer.
/// Texts: the mean of the words' vectors plus a two-layer perceptron of it.
final class DualEncoder: Network {
    static let width = 64
    private static let hidden = 128

    private let convolutions: [Conv2d]
    private let norms: [BatchNorm2d]
    private let projection: Linear
    /// `[V, D]`
    private let words: Tensor
    private let first: Linear
    private let second: Linear
    /// `[1]`: the logarithm of the factor on cosines.
    private let logScale: Tensor
    private let places: [String: Int]

    init(vocabulary: [String], seed: UInt64) throws(TorchError) {
        var initial = InitialWeights(seed: seed)
        let sizes = [2, 16, 32, 64]
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
        projection = try Linear(name: "projection", inputs: 256, outputs: Self.width, initial: &initial)
        words = try initial.uniform([vocabulary.count, Self.width], bound: 1)
        first = try Linear(name: "text1", inputs: Self.width, outputs: Self.hidden, initial: &initial)
        second = try Linear(name: "text2", inputs: Self.hidden, outputs: Self.width, initial: &initial)
        logScale = try Tensor.of([Float(2.6592600369327783)]).requiringGradient()  // ln(1 / 0.07)
        places = Dictionary(uniqueKeysWithValues: vocabulary.enumerated().map { ($1, $0) })
    }

    /// `[N, D]` of length 1.
    func images(_ batch: Tensor, training: Bool) throws(TorchError) -> Tensor {
        var values = batch
        for (layer, (convolution, norm)) in zip(convolutions, norms).enumerated() {
            values = try norm(convolution(values), training: training, tail: layer < 2 ? .reluPool : .relu)
        }
        let pooled = try values.adaptiveAveragePool2d(height: 2, width: 2).reshaped([-1, 256])
        return try projection(pooled).normalised(axis: 1)
    }

    /// `[N, D]` of length 1; words that are not known are left out.
    func texts(_ captions: [[String]]) throws(TorchError) -> Tensor {
        let known = captions.map { caption in caption.compactMap { places[$0] } }
        var shares = [Float](repeating: 0, count: captions.count * places.count)
        for (row, words) in known.enumerated() {
            for word in words { shares[row * places.count + word] += 1 / Float(words.count) }
        }
        let mean = try Tensor.of(shares, shape: [captions.count, places.count]).matmul(words)
        return try (mean + second(first(mean).relu())).normalised(axis: 1)
    }

    /// Both directions' cross entropy of softmax(scale cosine), every pair of the same kind being a match.
    func loss(_ images: Tensor, _ texts: Tensor, kinds: [Int]) throws(TorchError) -> Tensor {
        let scale = try logScale.clamped(-10...4.605170185988092).exp()  // at most 100
        let logits = try images.matmul(texts.transposed()) * scale
        let count = kinds.count
        var targets = [Float](repeating: 0, count: count * count)
        for (row, kind) in kinds.enumerated() {
            let same = kinds.indices.filter { kinds[$0] == kind }
            for column in same { targets[row * count + column] = 1 / Float(same.count) }
        }
        let wanted = try Tensor.of(targets, shape: [count, count])
        let byImage = try (wanted * logits.logSoftmax(axis: 1)).sum()
        let byText = try (wanted * logits.transposed().logSoftmax(axis: 1)).sum()
        return try (byImage + byText).scaled(by: -0.5 / Double(count))
    }

    var parameters: [NamedTensor] {
        zip(convolutions, norms).flatMap { $0.parameters + $1.parameters } + projection.parameters
            + [NamedTensor(name: "words", tensor: words)] + first.parameters + second.parameters
            + [NamedTensor(name: "log_scale", tensor: logScale)]
    }

    var buffers: [NamedTensor] { norms.flatMap(\.buffers) }
}
