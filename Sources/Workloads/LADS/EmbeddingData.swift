import Torch

/// Everything that a LADS run reads.
public struct EmbeddingData {
    /// Source domains only.
    public var training: EmbeddingRows
    /// Source domains only: what a search measures with.
    public var validation: EmbeddingRows
    /// All domains; a search must not see it.
    public var test: EmbeddingRows
    /// Real rows of all domains for the method `oracle`; nil where there are none.
    public var oracle: EmbeddingRows?
    public var texts: EmbeddingTexts
    public let classNames: [String]
    public let domainNames: [String]
    /// The domains that `texts.target` describes, in its order.
    public let targetDomains: [Int]
    /// What else the file says about itself: model, prompts.
    public let notes: [String: String]

    public init(
        training: EmbeddingRows, validation: EmbeddingRows, test: EmbeddingRows, oracle: EmbeddingRows? = nil,
        texts: EmbeddingTexts, classNames: [String], domainNames: [String], targetDomains: [Int],
        notes: [String: String] = [:]
    ) {
        self.training = training
        self.validation = validation
        self.test = test
        self.oracle = oracle
        self.texts = texts
        self.classNames = classNames
        self.domainNames = domainNames
        self.targetDomains = targetDomains
        self.notes = notes
    }

    public var classes: Int { classNames.count }
    public var domains: Int { domainNames.count }

    /// Group of a row: the file's own, else the combination of class and domain.
    func groups(of rows: EmbeddingRows) -> [Int] {
        rows.groups ?? zip(rows.labels, rows.domains).map { $0 * domains + $1 }
    }

    /// Rows of length 1.
    func unit() throws(TorchError) -> EmbeddingData {
        var data = self
        data.training = try training.unit()
        data.validation = try validation.unit()
        data.test = try test.unit()
        data.oracle = try oracle?.unit()
        return data
    }

    /// The authors' split of files whose test rows are of the target domains only: validation rows with an odd number
    /// become test rows.
    func halvingValidation() throws(TorchError) -> EmbeddingData {
        var data = self
        data.validation = try validation.selecting(Array(stride(from: 0, to: validation.count, by: 2)))
        let moved = try validation.selecting(Array(stride(from: 1, to: validation.count, by: 2)))
        data.test = try test.appending(moved)
        return data
    }

    /// A number that differs where any vector or label differs: what a checkpoint is compared by.
    func digest() throws(TorchError) -> String {
        var state: UInt64 = 0
        func add(_ word: UInt64) { state = CounterGenerator.mix(state &+ 0x9E37_79B9_7F4A_7C15 ^ word) }
        for tensor in [training.features, validation.features, texts.source, texts.target, texts.classes] {
            guard let tensor else { continue }
            try tensor.contiguous().withBytes { (bytes) throws(TorchError) in
                for word in bytes.bindMemory(to: UInt32.self) { add(UInt64(word)) }
            }
        }
        for row in [training, validation] {
            for (label, domain) in zip(row.labels, row.domains) { add(UInt64(label) << 32 | UInt64(domain)) }
        }
        let digits = String(state, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
