import Torch

/// The attention branch of an attention branch network (Fukui et al., arXiv:1812.10025, section 3.1): from the trunk's
/// features to a map of attention and to logits of its own. Names as in the authors' code.
final class AttentionBranch: Network {
    struct Result {
        /// `[N, 1, h, w]`, each value in 0...1.
        let attention: Tensor
        /// `[N, K]`
        let logits: Tensor
    }

    /// Shaped like the network's last stage, without its stride; nil for none.
    private let stage: (any ImageStage)?
    private let norm: BatchNorm2d
    private let toClasses: Conv2d
    private let classNorm: BatchNorm2d
    private let toLogits: Conv2d
    private let toAttention: Conv2d
    private let attentionNorm: BatchNorm2d

    /// - Parameter channels: of the stage's output.
    init(
        stage: (any ImageStage)?, channels: Int, outputs: Int, initial: inout InitialWeights
    ) throws(TorchError) {
        self.stage = stage
        norm = try BatchNorm2d(name: "bn_att", channels: channels)
        toClasses = try Conv2d(name: "att_conv", inputs: channels, outputs: outputs, size: 1, initial: &initial)
        classNorm = try BatchNorm2d(name: "bn_att2", channels: outputs)
        toLogits = try Conv2d(name: "att_conv2", inputs: outputs, outputs: outputs, size: 1, initial: &initial)
        toAttention = try Conv2d(name: "att_conv3", inputs: outputs, outputs: 1, size: 3, initial: &initial)
        attentionNorm = try BatchNorm2d(name: "bn_att3", channels: 1)
    }

    func callAsFunction(_ features: Tensor, training: Bool) throws(TorchError) -> Result {
        let staged: Tensor
        if let stage { staged = try stage(features, training: training) } else { staged = features }
        let classes = try classNorm(
            toClasses(norm(staged, training: training)), training: training, tail: .relu)
        let attention = try attentionNorm(toAttention(classes), training: training).sigmoid()
        return Result(attention: attention, logits: try toLogits(classes).mean(axes: [2, 3]))
    }

    /// Features weighted by attention, and where `adding` the features themselves too.
    static func weighted(_ features: Tensor, by attention: Tensor, adding: Bool) throws(TorchError) -> Tensor {
        let weighted = try features * attention
        return adding ? try weighted + features : weighted
    }

    private var layers: [any Network] {
        (stage.map { [$0] } ?? []) + [norm, toClasses, classNorm, toLogits, toAttention, attentionNorm]
    }

    var parameters: [NamedTensor] { layers.flatMap(\.parameters) }
    var buffers: [NamedTensor] { layers.flatMap(\.buffers) }
}
