public import Torch

/// The checked parameters of one lads run. `WorkloadDescription.lads` says what each is.
public struct LADSConfiguration: Equatable, Sendable {
    public enum Setting: String, Sendable {
        case shift = "domain_shift"
        case bias
    }

    public enum Method: String, CaseIterable, Sendable {
        case lads, lp, average, addition, slerp, e2e, oracle
        case zeroShotStart = "lp_zs_init"
        case zeroShot = "zero_shot"

        /// Moves rows by the ways between texts.
        var movesRows: Bool { [.lads, .addition, .slerp, .e2e].contains(self) }
    }

    public enum MixedText: String, Sendable {
        case target, source, direction
    }

    public enum ZeroShotTexts: String, Sendable {
        case classes, all
    }

    public let embeddings: String
    public let setting: Setting
    public let method: Method
    public let normalize: Bool
    public let movesValidation: Bool
    /// Nil for all.
    public let sourcePrompts: Int?
    public let trustsDomains: Bool
    public let zeroShotTexts: ZeroShotTexts
    public let alpha: Double
    public let hidden: Int
    public let augmentationEpochs: Int
    public let augmentationRate: Double
    public let augmentationDecay: Double
    public let directionLoss: AugmentationLoss.Form
    public let domainSpecificClasses: Bool
    public let neighbourWeight: Double
    public let mix: Double
    public let mixedText: MixedText
    public let jointDirectionWeight: Double
    public let jointKeepWeight: Double
    public let jointClassWeight: Double
    public let learningRate: Double
    public let weightDecay: Double
    public let batchSize: Int
    public let includesOriginal: Bool
    public let upweightsClasses: Bool
    /// Predictions are means of the probe's and zero-shot probabilities.
    public let usesEnsemble: Bool
    public let optimiserForm: AdamW.Form

    /// - Throws: `.badParameters` naming a combination that is wrong.
    public init(_ parameters: Parameters) throws(WorkloadError) {
        embeddings = parameters.optionalText("embeddings") ?? ""
        setting = parameters.choice("setting")
        method = parameters.choice("method")
        normalize = parameters.bool("normalize")
        movesValidation = parameters.bool("val_to_test")
        sourcePrompts = parameters.optionalInt("source_prompts")
        trustsDomains = parameters.bool("trust_domains")
        zeroShotTexts = parameters.choice("zero_shot_texts")
        alpha = parameters.real("alpha")
        hidden = parameters.int("hidden")
        augmentationEpochs = parameters.int("aug_epochs")
        augmentationRate = parameters.real("aug_lr")
        augmentationDecay = parameters.real("aug_weight_decay")
        directionLoss = parameters.choice("direction_loss")
        domainSpecificClasses = parameters.bool("domain_specific_classes")
        neighbourWeight = parameters.real("neighbour_weight")
        mix = parameters.real("mix")
        mixedText = parameters.choice("mix_with")
        jointDirectionWeight = parameters.real("e2e_direction_weight")
        jointKeepWeight = parameters.real("e2e_keep_weight")
        jointClassWeight = parameters.real("e2e_class_weight")
        learningRate = parameters.real("lr")
        weightDecay = parameters.real("weight_decay")
        batchSize = parameters.int("batch_size")
        includesOriginal = parameters.bool("include_original")
        upweightsClasses = parameters.bool("upweight_classes")
        usesEnsemble = parameters.bool("ensemble") || method == .average
        optimiserForm = parameters.choice("adamw")
        try checkCombinations()
    }

    private func checkCombinations() throws(WorkloadError) {
        func require(_ condition: Bool, _ message: String) throws(WorkloadError) {
            if !condition { throw WorkloadError(.badParameters, message) }
        }
        try require(
            !embeddings.isEmpty,
            "embeddings: expected a .safetensors file or a folder of .npy files; "
                + "`hypersched-trial lads embed` makes one"
        )
        try require(
            setting == .shift || !domainSpecificClasses,
            "domain_specific_classes: goes with setting domain_shift only, found setting bias")
        try require(
            setting == .bias || neighbourWeight == 0,
            "neighbour_weight: goes with setting bias only, found \(neighbourWeight) with domain_shift")
        try require(
            setting == .shift || sourcePrompts == nil,
            "source_prompts: goes with setting domain_shift only; with bias there is one source text per domain")
        try require(
            method != .addition && method != .slerp || mixedText == .direction || mix <= 1,
            "mix: expected at most 1 unless mix_with is direction, found \(mix)")
        try require(
            method != .slerp || mixedText != .direction, "mix_with: direction goes with method addition only")
        let augments = [.lads, .addition, .slerp, .e2e].contains(method)
        try require(
            includesOriginal || augments, "include_original: expected true, as method \(method.rawValue) has no others")
    }

    /// Reads the data and makes of it what this configuration trains on.
    /// - Throws: `.badData` where the file lacks what the method needs.
    func readData() throws(WorkloadError) -> EmbeddingData { try prepared(try EmbeddingData.read(embeddings)) }

    func prepared(_ given: EmbeddingData) throws(WorkloadError) -> EmbeddingData {
        func wrong(_ name: String, _ expected: String, _ found: String) -> WorkloadError {
            WorkloadError(.badData, "\(embeddings): \(name): expected \(expected), found \(found)")
        }
        if let missing = try missingTexts(given) { throw wrong(missing.name, missing.expected, missing.found) }
        if method == .oracle, given.oracle == nil {
            throw wrong("oracle_features", "real rows of the target domains, as method is oracle", "none")
        }
        if let sourcePrompts, let source = given.texts.source {
            let count = try WorkloadError.lifting { () throws(TorchError) in try source.shape()[0] }
            guard sourcePrompts <= count else {
                throw WorkloadError(
                    .badParameters, "source_prompts: expected at most the \(count) of the file, found \(sourcePrompts)")
            }
        }
        if setting == .bias, let label = (given.training.domains + given.validation.domains).first(where: { $0 > 1 }) {
            throw wrong("train_domains", "0 or 1, as setting is bias", "\(label)")
        }
        return try WorkloadError.lifting { () throws(TorchError) in
            var data = normalize ? try given.unit() : given
            if movesValidation { data = try data.halvingValidation() }
            if let sourcePrompts { data.texts = try data.texts.keepingSources(sourcePrompts) }
            return data
        }
    }

    private func missingTexts(
        _ data: EmbeddingData
    ) throws(WorkloadError) -> (name: String, expected: String, found: String)? {
        guard method.movesRows else { return nil }
        guard let source = data.texts.source else {
            return ("text_source", "texts of the source domain, as method is \(method.rawValue)", "none")
        }
        let count = try WorkloadError.lifting { () throws(TorchError) in try source.shape()[0] }
        switch setting {
        case .bias: return count == 2 ? nil : ("text_source", "2 texts, one per domain, as setting is bias", "\(count)")
        case .shift:
            return data.texts.target == nil
                ? ("text_target", "texts of the target domains, as setting is domain_shift", "none") : nil
        }
    }

    /// One per augmentation network.
    func tasks(_ texts: EmbeddingTexts, targets: [Int]) throws(TorchError) -> [AugmentationTask] {
        guard method.movesRows, let source = texts.source else { return [] }
        guard setting == .shift, let target = texts.target else {
            return [try AugmentationTask.exchange(source: source, classTexts: texts.classes)]
        }
        var tasks: [AugmentationTask] = []
        for (index, domain) in targets.enumerated() {
            tasks.append(
                try AugmentationTask.shift(
                    to: index, domain: domain, source: source, target: target,
                    classTexts: domainSpecificClasses ? nil : texts.classes))
        }
        return tasks
    }

    /// 1 / (rows of the class), the largest being 1; ones where classes are not weighted. Classes without rows get 0.
    func classWeights(_ labels: [Int], classes: Int) -> [Double] {
        var counts = [Int](repeating: 0, count: classes)
        for label in labels { counts[label] += 1 }
        guard upweightsClasses else { return counts.map { _ in 1 } }
        let smallest = Double(counts.filter { $0 > 0 }.min() ?? 1)
        return counts.map { $0 == 0 ? 0 : smallest / Double($0) }
    }

    /// The texts that zero-shot classification compares images with.
    func zeroShotMatrix(_ texts: EmbeddingTexts) throws(TorchError) -> Tensor {
        zeroShotTexts == .classes ? texts.classes : try texts.averaged()
    }
}
