import Torch

extension AttentiveNetwork {
    /// The networks that can be trained from nothing.
    enum Kind: String, Sendable {
        /// 5x5 (stride 2), 3x3 (stride 2) and 3x3 convolutions with 16, 32 and 32 channels: 15,000 parameters.
        case cnn
        /// The CIFAR form: 3x3 first convolution, one or two blocks in each of four stages.
        case resnet10, resnet18
        /// The ImageNet form with torchvision's names.
        case resnet50
    }

    /// - Parameters:
    ///   - branch: with an attention branch.
    ///   - addsFeatures: what the branch weights is added to the features, as in the paper.
    static func make(
        _ kind: Kind, channels: Int, outputs: Int, branch: Bool, addsFeatures: Bool, seed: UInt64
    ) throws(TorchError) -> AttentiveNetwork {
        var initial = InitialWeights(seed: seed)
        let parts =
            switch kind {
            case .cnn: try small(channels, outputs, branch, &initial)
            case .resnet10: try residual(1, channels, outputs, branch, &initial)
            case .resnet18: try residual(2, channels, outputs, branch, &initial)
            case .resnet50: try deep(channels, outputs, branch, &initial)
            }
        return AttentiveNetwork(parts, addsFeatures: addsFeatures)
    }

    private static func small(
        _ channels: Int, _ outputs: Int, _ branch: Bool, _ initial: inout InitialWeights
    ) throws(TorchError) -> Parts {
        let trunk = StageChain([
            try ConvolutionStage(
                name: "conv1", norm: "bn1", inputs: channels, outputs: 16, size: 5, stride: 2, initial: &initial),
            try ConvolutionStage(
                name: "conv2", norm: "bn2", inputs: 16, outputs: 32, size: 3, stride: 2, initial: &initial),
        ])
        func stage(
            _ name: String, _ norm: String, _ initial: inout InitialWeights
        ) throws(TorchError) -> ConvolutionStage {
            try ConvolutionStage(
                name: name, norm: norm, inputs: 32, outputs: 32, size: 3, stride: 1, initial: &initial)
        }
        let last = try stage("conv3", "bn3", &initial)
        let classifier = try Linear(name: "fc", inputs: 32, outputs: outputs, initial: &initial)
        guard branch else { return Parts(trunk: trunk, last: last, classifier: classifier, branch: nil) }
        let own = try stage("att_layer", "att_layer_bn", &initial)
        let attention = try AttentionBranch(stage: own, channels: 32, outputs: outputs, initial: &initial)
        return Parts(trunk: trunk, last: last, classifier: classifier, branch: attention)
    }

    private static func residual(
        _ blocks: Int, _ channels: Int, _ outputs: Int, _ branch: Bool, _ initial: inout InitialWeights
    ) throws(TorchError) -> Parts {
        var trunk: [any ImageStage] = [
            try ConvolutionStage(
                name: "conv1", norm: "bn1", inputs: channels, outputs: 64, size: 3, stride: 1, initial: &initial)
        ]
        func stage(
            _ name: String, _ inputs: Int, _ outputs: Int, stride: Int, _ initial: inout InitialWeights
        ) throws(TorchError) -> [ResidualBlock] {
            var made: [ResidualBlock] = []
            for block in 0..<blocks {
                made.append(
                    try ResidualBlock(
                        name: "\(name).\(block)", inputs: block == 0 ? inputs : outputs, outputs: outputs,
                        stride: block == 0 ? stride : 1, initial: &initial))
            }
            return made
        }
        trunk += try stage("layer1", 64, 64, stride: 1, &initial)
        trunk += try stage("layer2", 64, 128, stride: 2, &initial)
        trunk += try stage("layer3", 128, 256, stride: 2, &initial)
        let last = StageChain(try stage("layer4", 256, 512, stride: 2, &initial))
        let classifier = try Linear(name: "fc", inputs: 512, outputs: outputs, initial: &initial)
        guard branch else {
            return Parts(trunk: StageChain(trunk), last: last, classifier: classifier, branch: nil)
        }
        let own = StageChain(try stage("att_layer4", 256, 512, stride: 1, &initial))
        let attention = try AttentionBranch(stage: own, channels: 512, outputs: outputs, initial: &initial)
        return Parts(trunk: StageChain(trunk), last: last, classifier: classifier, branch: attention)
    }

    private static func deep(
        _ channels: Int, _ outputs: Int, _ branch: Bool, _ initial: inout InitialWeights
    ) throws(TorchError) -> Parts {
        let trunk = StageChain([
            try ConvolutionStage(
                name: "conv1", norm: "bn1", inputs: channels, outputs: 64, size: 7, stride: 2, pool: true,
                initial: &initial),
            try BottleneckBlock.stage(
                name: "layer1", blocks: 3, inputs: 64, width: 64, stride: 1, initial: &initial),
            try BottleneckBlock.stage(
                name: "layer2", blocks: 4, inputs: 256, width: 128, stride: 2, initial: &initial),
            try BottleneckBlock.stage(
                name: "layer3", blocks: 6, inputs: 512, width: 256, stride: 2, initial: &initial),
        ])
        let last = try BottleneckBlock.stage(
            name: "layer4", blocks: 3, inputs: 1024, width: 512, stride: 2, initial: &initial)
        let classifier = try Linear(name: "fc", inputs: 2048, outputs: outputs, initial: &initial)
        guard branch else { return Parts(trunk: trunk, last: last, classifier: classifier, branch: nil) }
        let own = try BottleneckBlock.stage(
            name: "att_layer4", blocks: 3, inputs: 1024, width: 512, stride: 1, initial: &initial)
        let attention = try AttentionBranch(stage: own, channels: 2048, outputs: outputs, initial: &initial)
        return Parts(trunk: trunk, last: last, classifier: classifier, branch: attention)
    }
}
