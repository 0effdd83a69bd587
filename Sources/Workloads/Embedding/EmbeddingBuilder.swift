import Torch

/// Makes the embeddings of pictures and prompts: the `embed` step.
public struct EmbeddingBuilder {
    /// Which networks.
    public enum Encoders: Sendable {
        /// Image and text encoder of one space as TorchScript; `merges` is CLIP's list of byte pairs.
        case joint(image: String, imageMethod: String, text: String, textMethod: String, merges: String)
        /// A TorchScript classifier whose classes are named by WordNet ids, one per line of `wnids`, and a folder with
        /// a sentence encoder.
        case concepts(classifier: String, wnids: String, wordNet: String, sentences: String)
    }

    private static let batchSize = 32

    private let images: any ImageEncoder
    private let texts: any TextEncoder
    private let description: String

    /// - Throws: `.badData` naming the file that does not fit.
    public init(_ encoders: Encoders, preparation: PicturePreparation) throws(WorkloadError) {
        switch encoders {
        case .joint(let image, let imageMethod, let text, let textMethod, let merges):
            let imageModule = try Self.module(image)
            let textModule = text == image ? imageModule : try Self.module(text)
            images = ScriptImageEncoder(module: imageModule, method: imageMethod, preparation: preparation)
            texts = ScriptTextEncoder(
                module: textModule, method: textMethod, tokeniser: try ByteTokeniser(path: merges))
            description = "\(image) \(imageMethod), \(text) \(textMethod)"
        case .concepts(let classifier, let wnids, let wordNet, let sentences):
            let encoder = try SentenceEncoder(folder: sentences)
            let names = try Self.names(wnids, WordNet(folder: wordNet))
            images = try ConceptImageEncoder(
                classifier: ScriptImageEncoder(
                    module: try Self.module(classifier), method: "forward", preparation: preparation),
                names: names.map { "a photo of a \($0)" }, encoder: encoder)
            texts = encoder
            description = "\(classifier) by concepts, \(sentences)"
        }
    }

    private static func module(_ path: String) throws(WorkloadError) -> ScriptModule {
        try WorkloadError.lifting { () throws(TorchError) in
            let module = try ScriptModule(path: path)
            try module.setTraining(false)
            return module
        }
    }

    private static func names(_ path: String, _ wordNet: WordNet) throws(WorkloadError) -> [String] {
        var names: [String] = []
        for id in try TextLines.read(path) {
            names.append(try wordNet.synset(id: id).word.replacing("_", with: " "))
        }
        return names
    }

    /// - Parameter progress: called now and then with the number of pictures that are done.
    public func build(
        _ pictures: EmbeddingPictures, prompts: EmbeddingPrompts, progress: (Int, Int) -> Void
    ) throws(WorkloadError) -> EmbeddingData {
        for split in [EmbeddingPictures.Split.train, .val, .test] where pictures.count(split) == 0 {
            throw WorkloadError(.badData, "pictures: expected some for \(split.rawValue), found none")
        }
        let sources = Set(pictures.entries.filter { $0.split == .train }.map(\.domain))
        let targets = pictures.domainNames.indices.filter { !sources.contains($0) }
        let texts = try textVectors(pictures, prompts, targets)
        let features = try imageVectors(pictures, progress)
        let (found, expected) = try WorkloadError.lifting { () throws(TorchError) in
            (try features.shape()[1], try texts.classes.shape()[1])
        }
        guard found == expected else {
            throw WorkloadError(
                .badData, "encoders: expected one space, found images of \(found) and texts of \(expected) columns")
        }
        func rows(_ split: EmbeddingPictures.Split) throws(WorkloadError) -> EmbeddingRows? {
            let places = pictures.entries.indices.filter { pictures.entries[$0].split == split }
            guard !places.isEmpty else { return nil }
            let part = try WorkloadError.lifting { () throws(TorchError) in
                try features.selecting(Tensor.of(places.map(Int64.init)), axis: 0)
            }
            return EmbeddingRows(
                features: part, labels: places.map { pictures.entries[$0].label },
                domains: places.map { pictures.entries[$0].domain })
        }
        guard let training = try rows(.train), let validation = try rows(.val), let test = try rows(.test) else {
            preconditionFailure("checked above")
        }
        return EmbeddingData(
            training: training, validation: validation, test: test, oracle: try rows(.oracle), texts: texts,
            classNames: pictures.classNames, domainNames: pictures.domainNames, targetDomains: targets,
            notes: [
                "model": description,
                "prompts":
                    ([prompts.classPrompt] + prompts.source
                    + prompts.target.sorted { $0.key < $1.key }
                    .flatMap(\.value)).joined(separator: "; "),
            ])
    }

    private func imageVectors(
        _ pictures: EmbeddingPictures, _ progress: (Int, Int) -> Void
    ) throws(WorkloadError) -> Tensor {
        var parts: [Tensor] = []
        let entries = pictures.entries
        for start in stride(from: 0, to: entries.count, by: Self.batchSize) {
            let end = min(start + Self.batchSize, entries.count)
            var batch: [Picture] = []
            for entry in entries[start..<end] { batch.append(try Picture.read(entry.path)) }
            let vectors = try images.embed(batch)
            parts.append(try WorkloadError.lifting { () throws(TorchError) in try vectors.normalised(axis: 1) })
            progress(end, entries.count)
        }
        return try WorkloadError.lifting { () throws(TorchError) in try Tensor.concatenated(parts) }
    }

    private func textVectors(
        _ pictures: EmbeddingPictures, _ prompts: EmbeddingPrompts, _ targets: [Int]
    ) throws(WorkloadError) -> EmbeddingTexts {
        /// `[K, D]`: the mean over prompts, for each class.
        func matrix(_ group: [String]) throws(WorkloadError) -> Tensor {
            var rows: [Tensor] = []
            for name in pictures.classNames {
                let vectors = try texts.embed(group.map { prompts.filled($0, className: name) })
                rows.append(try WorkloadError.lifting { () throws(TorchError) in try PromptAverage.average(vectors) })
            }
            return try WorkloadError.lifting { () throws(TorchError) in try Tensor.stacked(rows) }
        }
        var source: [Tensor] = []
        for prompt in prompts.source { source.append(try matrix([prompt])) }
        var target: [Tensor] = []
        for domain in targets {
            let name = pictures.domainNames[domain]
            guard let group = prompts.target[name] else {
                throw WorkloadError(
                    .badData,
                    "prompts: target: expected prompts of the domain '\(name)', found \(prompts.target.keys.sorted())")
            }
            target.append(try matrix(group))
        }
        let classes = try matrix([prompts.classPrompt])
        return try WorkloadError.lifting { () throws(TorchError) in
            try EmbeddingTexts(
                source: Tensor.stacked(source), target: target.isEmpty ? nil : Tensor.stacked(target), classes: classes)
        }
    }
}
