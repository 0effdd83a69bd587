public import Torch

/// Prompts as vectors of length 1, in the space of the images.
public struct EmbeddingTexts {
    /// `[n, K, D]`: each prompt of the source domain, for each class. Where class and domain are entangled: one prompt
    /// per domain, in the order of the domains' numbers.
    public let source: Tensor?
    /// `[m, K, D]`: each target domain, the mean over its prompts.
    public let target: Tensor?
    /// `[K, D]`: the classes without a domain.
    public let classes: Tensor

    public init(source: Tensor?, target: Tensor?, classes: Tensor) throws(TorchError) {
        self.source = try source.map { tensor throws(TorchError) in try tensor.normalised(axis: 2) }
        self.target = try target.map { tensor throws(TorchError) in try tensor.normalised(axis: 2) }
        self.classes = try classes.normalised(axis: 1)
    }

    /// `[K, D]`: the mean over all prompts with a domain, scaled to length 1; the classes' own where there are none.
    func averaged() throws(TorchError) -> Tensor {
        let parts = [source, target].compactMap { $0 }
        guard !parts.isEmpty else { return classes }
        return try Tensor.concatenated(parts).mean(axis: 0).normalised(axis: 1)
    }

    /// With the first `count` source prompts only.
    func keepingSources(_ count: Int) throws(TorchError) -> EmbeddingTexts {
        try EmbeddingTexts(source: source?.slice(0..<count), target: target, classes: classes)
    }
}

extension Optional where Wrapped == Tensor {
    fileprivate func map(_ body: (Tensor) throws(TorchError) -> Tensor) throws(TorchError) -> Tensor? {
        guard let self else { return nil }
        return try body(self)
    }
}
