import Torch

@testable import Workloads

/// conv3x3 - ReLU - global mean - linear in float64, the small network of the reference results.
final class ReferenceNetwork: AttentiveClassifier {
    let parameters: [NamedTensor]

    convenience init(_ values: OracleTree) throws { try self.init(convolution: values, classifier: values) }

    init(convolution: OracleTree, classifier: OracleTree) throws {
        parameters = try [
            ("conv.weight", convolution["conv_w"]), ("conv.bias", convolution["conv_b"]),
            ("fc.weight", classifier["fc_w"]), ("fc.bias", classifier["fc_b"]),
        ].map { NamedTensor(name: $0.0, tensor: try $0.1.tensor().requiringGradient()) }
    }

    func read(_ images: Tensor, training: Bool) throws(TorchError) -> Reading {
        let p = parameters.map(\.tensor)
        let features = try images.conv2d(weight: p[0], bias: p[1], padding: 1).relu()
        return Reading(
            logits: try features.mean(axes: [2, 3]).linear(weight: p[2], bias: p[3]), features: features, branch: nil)
    }

    /// All samples of a case, each with a map.
    func part(_ values: OracleTree) throws -> AttentionStepLoss.Part {
        let labels = values["labels"].integers
        return AttentionStepLoss.Part(
            images: try values["x"].tensor(), labels: labels, groups: labels,
            maps: TargetMaps.Combined(maps: try values["attention"].tensor(), samples: Array(labels.indices)))
    }
}
