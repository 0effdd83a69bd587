import Torch

/// The loss on the classes: with two classes and one output the binary cross entropy, else the cross entropy, both in
/// nats.
struct ClassificationLoss: Sendable {
    /// One factor per class; the mean is then divided by the sum of the samples' factors.
    var classWeights: [Double]?
    /// One factor per group; the mean stays a plain one (GALS code).
    var groupWeights: [Double]?

    init(classWeights: [Double]? = nil, groupWeights: [Double]? = nil) {
        self.classWeights = classWeights
        self.groupWeights = groupWeights
    }

    /// (1 / n_k) / max (1 / n_j): the rarest class or group has 1. Those that do not occur have 0.
    static func inverseFrequencies(_ counts: [Int]) -> [Double] {
        guard let rarest = counts.filter({ $0 > 0 }).min() else { return counts.map { _ in 0 } }
        return counts.map { $0 > 0 ? Double(rarest) / Double($0) : 0 }
    }

    /// What the whole batch's sum of losses is divided by.
    func divisor(labels: [Int]) -> Double {
        guard let classWeights else { return Double(labels.count) }
        return labels.reduce(0) { $0 + classWeights[$1] }
    }

    /// The sum over these samples, which may be a part of a batch, divided by `divisor` of the whole batch.
    /// - Parameter logits: `[n, 1]` or `[n, K]`
    func callAsFunction(
        logits: Tensor, labels: [Int], groups: [Int], divisor: Double
    ) throws(TorchError) -> Tensor {
        let device = try logits.device()
        let type = try logits.type()
        func column(_ values: [Double]) throws(TorchError) -> Tensor {
            try Tensor.of(values).converted(to: type).copied(to: device)
        }
        let factors = groupWeights.map { weights in groups.map { weights[$0] } }
        if try logits.shape()[1] == 1 {
            let targets = try column(labels.map { Double($0) })
            let weights: Tensor?
            if let factors { weights = try column(factors) } else { weights = nil }
            return try logits.reshaped([labels.count])
                .binaryCrossEntropy(targets, weights: weights, reduction: .sum).scaled(by: 1 / divisor)
        }
        let targets = try Tensor.of(labels.map(Int64.init)).copied(to: device)
        let weights: Tensor?
        if let classWeights { weights = try column(classWeights) } else { weights = nil }
        guard let factors else {
            return try logits.crossEntropy(targets, classWeights: weights, reduction: .sum).scaled(by: 1 / divisor)
        }
        let each = try logits.crossEntropy(targets, classWeights: weights, reduction: .none)
        return try (each * column(factors)).sum().scaled(by: 1 / divisor)
    }

    /// The largest logit's class; with one output 1 where its probability is above one half.
    static func predictions(_ logits: Tensor) throws(TorchError) -> [Int] {
        let width = try logits.shape()[1]
        let values = try logits.detached().converted(to: .float64).values(Double.self)
        guard width > 1 else { return values.map { $0 > 0 ? 1 : 0 } }
        return stride(from: 0, to: values.count, by: width).map { start in
            (0..<width).reduce(0) { values[start + $1] > values[start + $0] ? $1 : $0 }
        }
    }
}
