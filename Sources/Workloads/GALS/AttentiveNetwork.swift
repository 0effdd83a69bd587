import Torch

/// A trunk, a last stage, global average pooling and one linear layer `fc`; between trunk and last stage perhaps an
/// attention branch.
final class AttentiveNetwork: AttentiveClassifier {
    private let trunk: any ImageStage
    private let last: any ImageStage
    private let classifier: Linear
    private let branch: AttentionBranch?
    private let addsFeatures: Bool

    init(_ parts: Parts, addsFeatures: Bool) {
        trunk = parts.trunk
        last = parts.last
        classifier = parts.classifier
        branch = parts.branch
        self.addsFeatures = addsFeatures
    }

    struct Parts {
        let trunk: any ImageStage
        let last: any ImageStage
        let classifier: Linear
        let branch: AttentionBranch?
    }

    func read(_ images: Tensor, training: Bool) throws(TorchError) -> Reading {
        var features = try trunk(images, training: training)
        var found: AttentionBranch.Result?
        if let branch {
            let result = try branch(features, training: training)
            features = try AttentionBranch.weighted(features, by: result.attention, adding: addsFeatures)
            found = result
        }
        let seen = try last(features, training: training)
        return Reading(logits: try classifier(seen.mean(axes: [2, 3])), features: seen, branch: found)
    }

    private var layers: [any Network] { [trunk, last, classifier] + (branch.map { [$0] } ?? []) }

    var parameters: [NamedTensor] { layers.flatMap(\.parameters) }
    var buffers: [NamedTensor] { layers.flatMap(\.buffers) }
}
