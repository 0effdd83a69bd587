/// Where each optimiser step of a run belongs: all augmentation networks, one after another, are trained before the
/// first epoch of the probe, as part of epoch 0.
struct LADSPlan: Equatable {
    struct AugmentationPlace: Equatable {
        let network: Int
        let epoch: Int
        let batch: Int
        let isLastOfEpoch: Bool
    }

    enum Place: Equatable {
        case augmentation(AugmentationPlace)
        case probe(batch: Int)
    }

    let networks: Int
    let augmentationEpochs: Int
    let augmentationBatches: Int
    let probeBatches: Int

    private var stepsBefore: Int { networks * augmentationEpochs * augmentationBatches }

    func steps(inEpoch epoch: Int) -> Int { probeBatches + (epoch == 0 ? stepsBefore : 0) }

    func place(step: Int, epoch: Int) -> Place {
        guard epoch == 0 else { return .probe(batch: step) }
        guard step < stepsBefore else { return .probe(batch: step - stepsBefore) }
        let (rest, batch) = step.quotientAndRemainder(dividingBy: augmentationBatches)
        return .augmentation(
            AugmentationPlace(
                network: rest / augmentationEpochs, epoch: rest % augmentationEpochs, batch: batch,
                isLastOfEpoch: batch == augmentationBatches - 1))
    }
}
