public import Torch

/// Made-up vectors in which class and domain go together in training: where an augmentation must work if it works at
/// all. Each class and each domain has a direction; texts lie beside images by a constant gap, as CLIP's do.
public struct SyntheticEmbeddings: Sendable {
    public var width = 32
    public var classes = 4
    public var trainingRows = 800
    public var validationRows = 400
    public var testRows = 4000
    /// Root mean square length of the noise in an image; a class's direction has length 1.
    public var noise = 1.2
    public var domainLength = 1.2
    public var textNoise = 0.1
    public var gapLength = 0.5

    public init() {}

    /// Training and validation rows are of domain y mod 2; half of the test rows are of the other one.
    public func make(seed: UInt64) throws(TorchError) -> EmbeddingData {
        var draw = Draw(generator: CounterGenerator(seed: seed, stream: 0x73796E), width: width)
        let prototypes = (0..<classes).map { _ in draw.unit(length: 1) }
        let domains = (0..<2).map { _ in draw.unit(length: domainLength) }
        let gap = draw.unit(length: gapLength)
        func image(_ label: Int, _ domain: Int) -> [Float] {
            let noise = draw.normal(length: noise)
            return (0..<width).map { Float(prototypes[label][$0] + domains[domain][$0] + noise[$0]) }
        }
        func text(_ label: Int, _ domain: Int?) -> [Float] {
            let noise = draw.normal(length: textNoise)
            return (0..<width).map { place in
                let ofDomain = domain.map { domains[$0][place] } ?? 0
                return Float(prototypes[label][place] + ofDomain + gap[place] + noise[place])
            }
        }
        func rows(_ count: Int, flipped: Int) throws(TorchError) -> EmbeddingRows {
            let labels = (0..<count).map { $0 % classes }
            let domains = labels.enumerated().map { row, label in row < flipped ? 1 - label % 2 : label % 2 }
            let points = zip(labels, domains).flatMap { image($0, $1) }
            let features = try Tensor.of(points, shape: [count, width])
            return try EmbeddingRows(features: features, labels: labels, domains: domains).unit()
        }
        let source = (0..<2).flatMap { domain in (0..<classes).flatMap { text($0, domain) } }
        let plain = (0..<classes).flatMap { text($0, nil) }
        let texts = try EmbeddingTexts(
            source: Tensor.of(source, shape: [2, classes, width]), target: nil,
            classes: Tensor.of(plain, shape: [classes, width]))
        return EmbeddingData(
            training: try rows(trainingRows, flipped: 0), validation: try rows(validationRows, flipped: 0),
            test: try rows(testRows, flipped: testRows / 2), texts: texts,
            classNames: (0..<classes).map { "class \($0)" }, domainNames: ["first", "second"], targetDomains: [])
    }

    /// Random vectors, one after another.
    private struct Draw {
        let generator: CounterGenerator
        let width: Int
        var next: UInt64 = 0

        init(generator: CounterGenerator, width: Int) {
            self.generator = generator
            self.width = width
        }

        /// Of a root mean square length.
        mutating func normal(length: Double) -> [Double] {
            let scale = length / Double(width).squareRoot()
            defer { next += UInt64(width) }
            return (0..<width).map { scale * generator.normal(next + UInt64($0)) }
        }

        /// Of exactly this length.
        mutating func unit(length: Double) -> [Double] {
            let vector = normal(length: 1)
            let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return vector.map { $0 * length / norm }
        }
    }
}
