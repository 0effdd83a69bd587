import Torch

/// The loss of a batch, part by part: the classes' and what is asked of the network's attention.
struct AttentionStepLoss {
    /// The factor on the mean penalty on input gradients.
    enum PenaltyWeight: Equatable, Sendable {
        case fixed(Double)
        /// Each image's own penalty counts lambda times (``InputGradientPenalty/weight(lambda:batch:elements:)``).
        case perImage(lambda: Double, elements: Int)
    }

    enum Attention: Equatable, Sendable {
        case none
        case inputGradient(InputGradientPenalty, PenaltyWeight)
        case gradCAM(MapSupervision, Double)
        /// An attention branch with a loss of its own, and perhaps supervised attention.
        case branch(weight: Double, MapSupervision?, Double)
    }

    /// A part of a batch on its device.
    struct Part {
        let images: Tensor
        let labels: [Int]
        let groups: [Int]
        /// Of those samples of the part that have one.
        let maps: TargetMaps.Combined?
    }

    /// What the whole batch amounts to.
    struct Whole {
        let samples: Int
        let divisor: Double
        let withMaps: Int
    }

    /// Shares of the batch's losses; they add up over the parts.
    struct Result {
        let loss: Tensor
        /// Of the classes, of the branch's classes, of attention without and with its weight; samples that are right.
        let numbers: [Double]
    }

    let classification: ClassificationLoss
    let attention: Attention

    func callAsFunction(
        _ model: some AttentiveClassifier, _ part: Part, _ whole: Whole
    ) throws(TorchError) -> Result {
        var images = part.images
        if case .inputGradient = attention { images = try images.detached().requiringGradient() }
        let reading = try model.read(images, training: true)
        let classes = try loss(reading.logits, part, whole)
        var total = classes
        var branchLoss = 0.0
        if case .branch(let weight, _, _) = attention {
            let own = try loss(branch(reading).logits, part, whole)
            total = try total + own.scaled(by: weight)
            branchLoss = try own.item()
        }
        var (plain, weighted) = (0.0, 0.0)
        if let term = try attentionTerm(reading, images, classes, part, whole) {
            plain = try term.value.item()
            weighted = plain * term.weight
            if term.weight != 0 { total = try total + term.value.scaled(by: term.weight) }
        }
        let predictions = try ClassificationLoss.predictions(reading.logits)
        let right = zip(predictions, part.labels).reduce(0) { $0 + ($1.0 == $1.1 ? 1 : 0) }
        return Result(
            loss: total, numbers: [try classes.item(), branchLoss, plain, weighted, Double(right)])
    }

    private func loss(_ logits: Tensor, _ part: Part, _ whole: Whole) throws(TorchError) -> Tensor {
        try classification(logits: logits, labels: part.labels, groups: part.groups, divisor: whole.divisor)
    }

    private func branch(_ reading: Reading) throws(TorchError) -> AttentionBranch.Result {
        if let branch = reading.branch { return branch }
        throw TorchError(
            kind: .badFile,
            message: "method abn: expected a network that gives attention and attention_logits, found none")
    }

    /// Nil where no sample of the part has a map, or nothing is asked.
    private func attentionTerm(
        _ reading: Reading, _ images: Tensor, _ classes: Tensor, _ part: Part, _ whole: Whole
    ) throws(TorchError) -> (value: Tensor, weight: Double)? {
        guard let maps = part.maps, !maps.samples.isEmpty else { return nil }
        let device = try images.device()
        let chosen = try Tensor.of(maps.samples.map(Int64.init)).copied(to: device)
        let isWhole = maps.samples.count == part.labels.count
        func withMaps(_ tensor: Tensor) throws(TorchError) -> Tensor {
            isWhole ? tensor : try tensor.selecting(chosen, axis: 0)
        }
        let targets = try maps.maps.copied(to: device)
        switch attention {
        case .none: return nil
        case .inputGradient(let penalty, let weight):
            let scalar = try penalty.scalar(loss: classes, logits: reading.logits)
            let gradient = try scalar.gradient(of: images, differentiable: true)
            let value = try penalty(gradient: withMaps(gradient), maps: targets, samples: whole.withMaps)
            return (value, factor(penalty, weight, whole))
        case .gradCAM(let supervision, let weight):
            guard let features = reading.features else {
                throw TorchError(
                    kind: .badFile,
                    message: "method gradcam: expected a network that gives its last features, found none")
            }
            let labels = try Tensor.of(part.labels.map(Int64.init)).copied(to: device)
            let score = try GradCAM.score(logits: reading.logits, labels: labels)
            let map = try GradCAM.map(score: score, features: features, differentiable: true)
            let own = try TargetMaps.normalise(withMaps(map))
            return (try supervision(attention: own, targets: targets, samples: whole.withMaps), weight)
        case .branch(_, let supervision, let weight):
            guard let supervision else { return nil }
            let own = try withMaps(branch(reading).attention)
            return (try supervision(attention: own, targets: targets, samples: whole.withMaps), weight)
        }
    }

    private func factor(_ penalty: InputGradientPenalty, _ weight: PenaltyWeight, _ whole: Whole) -> Double {
        switch weight {
        case .fixed(let value): value
        case .perImage(let lambda, let elements):
            penalty.weight(lambda: lambda, batch: whole.samples, elements: elements)
        }
    }
}
