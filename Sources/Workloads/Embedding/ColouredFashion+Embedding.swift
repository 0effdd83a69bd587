import Torch

/// Embeddings of coloured Fashion-MNIST by an encoder that is trained here on other images with captions.
public enum ColouredFashionEmbedding {
    private static let epochs = 6
    private static let batchSize = 256
    private static let learningRate = 2e-3
    private static let weightDecay = 0.01

    /// Trains the encoder (minutes) and embeds everything.
    /// - Parameters:
    ///   - folder: the four files of Fashion-MNIST; nil for Debian's.
    ///   - progress: called after each epoch with its number, from 1, and its mean loss.
    public static func make(
        folder: String? = nil, seed: UInt64, progress: (Int, Double) -> Void
    ) throws(WorkloadError) -> EmbeddingData {
        let data = try ColouredFashion(folder: folder ?? FashionMNIST.defaultFolder, seed: seed)
        return try WorkloadError.lifting { () throws(TorchError) in
            let encoder = try DualEncoder(vocabulary: ColouredFashion.vocabulary, seed: seed)
            try train(encoder, data, seed: seed, progress)
            return try TorchRuntime.withoutGradients { () throws(TorchError) in try embed(encoder, data, seed: seed) }
        }
    }

    private static func train(
        _ encoder: DualEncoder, _ data: ColouredFashion, seed: UInt64, _ progress: (Int, Double) -> Void
    ) throws(TorchError) {
        let optimiser = try AdamW(encoder.parameters, weightDecay: weightDecay)
        let order = SampleOrder(samples: data.web.count, seed: seed, use: 3)
        let generator = CounterGenerator(seed: seed, stream: 0x6361_7074)
        var drawn: UInt64 = 0
        for epoch in 0..<epochs {
            let batches = order.batches(ofSize: batchSize)
            var sum = 0.0
            for number in 0..<batches {
                let items = order.batch(number, size: batchSize, epoch: epoch).map { data.web[$0] }
                let labels = items.map { Int(data.images.labels[$0.image]) }
                let captions = zip(items, labels).map { item, label in
                    ColouredFashion.caption(label: label, colour: item.colour) { count in
                        drawn += 1
                        return generator.below(count, drawn)
                    }
                }
                let loss = try encoder.loss(
                    encoder.images(ColouredFashion.batch(items, of: data.images), training: true),
                    encoder.texts(captions), kinds: zip(items, labels).map { 2 * $1 + $0.colour })
                sum += try loss.item()
                try loss.backward()
                try optimiser.step(learningRate: learningRate)
            }
            progress(epoch + 1, sum / Double(batches))
        }
    }

    private static func embed(
        _ encoder: DualEncoder, _ data: ColouredFashion, seed: UInt64
    ) throws(TorchError) -> EmbeddingData {
        func rows(_ items: [ColouredFashion.Item], _ images: ImageSet) throws(TorchError) -> EmbeddingRows {
            var parts: [Tensor] = []
            for start in stride(from: 0, to: items.count, by: 500) {
                let part = Array(items[start..<min(start + 500, items.count)])
                parts.append(try encoder.images(ColouredFashion.batch(part, of: images), training: false))
            }
            return EmbeddingRows(
                features: try Tensor.concatenated(parts), labels: items.map { Int(images.labels[$0.image]) },
                domains: items.map(\.colour))
        }
        let names = ColouredFashion.classWords.map { $0[0] }
        let colours = try ColouredFashion.colours.map { colour throws(TorchError) in
            try encoder.texts(names.map { ["a", "image", "of", "a", colour, $0] })
        }
        let texts = try EmbeddingTexts(
            source: Tensor.stacked(colours), target: nil,
            classes: encoder.texts(names.map { ["a", "image", "of", "a", $0] }))
        let both = data.task.flatMap { item in [0, 1].map { ColouredFashion.Item(image: item.image, colour: $0) } }
        return EmbeddingData(
            training: try rows(data.task, data.images), validation: try rows(data.validation, data.images),
            test: try rows(data.test, data.testImages), oracle: try rows(both, data.images), texts: texts,
            classNames: names, domainNames: ColouredFashion.colours, targetDomains: [],
            notes: [
                "model":
                    "dual encoder trained on \(ColouredFashion.webCount) coloured Fashion-MNIST images, seed \(seed)",
                "prompts": "a image of a red {}; a image of a blue {}; a image of a {}",
            ])
    }
}
