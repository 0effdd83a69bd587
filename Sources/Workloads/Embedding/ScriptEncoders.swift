import Torch

/// A TorchScript image encoder, for example the image half of a CLIP.
struct ScriptImageEncoder: ImageEncoder {
    let module: ScriptModule
    /// The module's method; `forward` for a module that is nothing else.
    let method: String
    let preparation: PicturePreparation

    func embed(_ pictures: [Picture]) throws(WorkloadError) -> Tensor {
        try WorkloadError.lifting { () throws(TorchError) in
            try TorchRuntime.withoutGradients { () throws(TorchError) in
                let vectors = try module(preparation.batch(pictures), method: method).converted(to: .float32)
                let shape = try vectors.shape()
                guard shape.count == 2, shape[0] == pictures.count else {
                    throw TorchError(
                        kind: .badFile,
                        message: "\(module.path): \(method): expected a tensor [\(pictures.count), D], found \(shape)")
                }
                return vectors
            }
        }
    }
}

/// A TorchScript text encoder that takes token numbers `[N, 77]` (int64), as CLIP's.
struct ScriptTextEncoder: TextEncoder {
    let module: ScriptModule
    let method: String
    let tokeniser: ByteTokeniser

    func embed(_ texts: [String]) throws(WorkloadError) -> Tensor {
        var numbers: [Int64] = []
        for text in texts { numbers += try tokeniser.tokens(text) }
        return try WorkloadError.lifting { () throws(TorchError) in
            try TorchRuntime.withoutGradients { () throws(TorchError) in
                let tokens = try Tensor.of(numbers, shape: [texts.count, ByteTokeniser.length])
                guard let first = try module.call(method, [tokens]).first?.tensor.converted(to: .float32),
                    try first.shape().count == 2, try first.shape()[0] == texts.count
                else {
                    throw TorchError(
                        kind: .badFile,
                        message: "\(module.path): \(method): expected a tensor [\(texts.count), D], found another")
                }
                return first
            }
        }
    }
}

/// A classifier and a sentence encoder in place of a joint space (Norouzi et al., "Zero-shot learning by convex
/// combination of semantic embeddings", arXiv:1312.5650): an image is the mean of the names of its most probable
/// classes, weighted by their probabilities.
struct ConceptImageEncoder: ImageEncoder {
    private let classifier: ScriptImageEncoder
    /// `[classes, D]` of length 1.
    private let names: Tensor
    private let top: Int

    /// - Parameters:
    ///   - classifier: gives logits.
    ///   - names: of its classes, in order.
    ///   - top: how many classes take part.
    init(
        classifier: ScriptImageEncoder, names: [String], encoder: any TextEncoder, top: Int = 10
    ) throws(WorkloadError) {
        self.classifier = classifier
        self.top = min(top, names.count)
        let vectors = try encoder.embed(names)
        self.names = try WorkloadError.lifting { () throws(TorchError) in try vectors.normalised(axis: 1) }
    }

    func embed(_ pictures: [Picture]) throws(WorkloadError) -> Tensor {
        let logits = try classifier.embed(pictures)
        let path = classifier.module.path
        return try WorkloadError.lifting { () throws(TorchError) in
            let (found, expected) = (try logits.shape()[1], try names.shape()[0])
            guard found == expected else {
                throw TorchError(
                    kind: .badFile, message: "\(path): expected logits of the \(expected) named classes, found \(found)"
                )
            }
            let best = try logits.softmax(axis: 1).top(top, axis: 1)
            let shares = try best.values / best.values.sum(axis: 1, keepingAxis: true)
            let vectors = try names.selecting(best.indices.reshaped([-1]), axis: 0)
                .reshaped([pictures.count, top, try names.shape()[1]])
            return try (vectors * shares.insertingAxis(2)).sum(axis: 1)
        }
    }
}
