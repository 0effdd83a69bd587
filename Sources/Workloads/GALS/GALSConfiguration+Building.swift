import Torch

extension GALSConfiguration {
    /// One output for two classes unless they are kept separate; class weights need them separate.
    func outputs(classes: Int) -> Int {
        classes == 2 && !separateClasses && method != .upweight ? 1 : classes
    }

    /// The network before training.
    /// - Parameter isContinued: a checkpoint will overwrite all weights; pretrained ones are then not read.
    func makeModel(
        channels: Int, classes: Int, seed: UInt64, isContinued: Bool
    ) throws(WorkloadError) -> AnyAttentiveClassifier {
        let outputs = outputs(classes: classes)
        let network = try WorkloadError.lifting { () throws(TorchError) in
            guard let kind = AttentiveNetwork.Kind(rawValue: model.rawValue) else {
                return AnyAttentiveClassifier(try ScriptAttentiveClassifier(path: backbone ?? "", outputs: outputs))
            }
            return AnyAttentiveClassifier(
                try AttentiveNetwork.make(
                    kind, channels: channels, outputs: outputs, branch: method.hasBranch, addsFeatures: addsFeatures,
                    seed: seed))
        }
        if let pretrained, !isContinued {
            try PretrainedWeights.load(pretrained, into: network) { name in
                ["fc.", "att_", "bn_att"].contains { name.hasPrefix($0) }
            }
        }
        return network
    }

    /// Mean and deviation of ImageNet's pixels, in units of bytes (torchvision's constants).
    private static let imageNet = PixelStatistics(
        means: [123.675, 116.28, 103.53], deviations: [58.395, 57.12, 57.375])

    func pixelStatistics(_ data: GALSData) -> PixelStatistics {
        statistics == .imagenet ? Self.imageNet : data.statistics
    }

    func classificationLoss(_ training: GALSPart, groups: Int) -> ClassificationLoss {
        var loss = ClassificationLoss()
        if method == .upweight { loss.classWeights = ClassificationLoss.inverseFrequencies(training.classCounts) }
        if weighsGroups {
            loss.groupWeights = ClassificationLoss.inverseFrequencies(training.counts(groups: groups))
        }
        return loss
    }

    func targetMaps(_ stored: StoredMaps) -> TargetMaps {
        TargetMaps(combination, normalises: !stored.areMasks, inverts: invertsMaps)
    }

    /// The step's loss for images of this shape.
    func stepLoss(_ training: GALSPart, groups: Int) -> AttentionStepLoss {
        let images = training.images
        let elements = images.channels * images.height * images.width
        let attention: AttentionStepLoss.Attention =
            switch method {
            case .vanilla, .upweight: .none
            case .rrr:
                .inputGradient(
                    penalty,
                    penaltyWeight.map { .fixed($0) } ?? .perImage(lambda: lambda, elements: elements))
            case .gradcam: .gradCAM(supervision, camWeight)
            case .abn: .branch(weight: branchWeight, nil, 0)
            case .supervisedBranch: .branch(weight: branchWeight, supervision, branchAttentionWeight)
            }
        return AttentionStepLoss(
            classification: classificationLoss(training, groups: groups), attention: attention)
    }

    func schedule(_ initial: Double, totalEpochs: Int) -> RateSchedule {
        RateSchedule(initial: initial, shape: isCosine ? .cosine(floor: 0) : .constant, total: Double(totalEpochs))
    }
}
