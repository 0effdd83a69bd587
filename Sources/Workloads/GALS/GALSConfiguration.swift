/// The checked parameters of one gals run. `WorkloadDescription.gals` says what each is.
struct GALSConfiguration: Equatable, Sendable {
    enum Method: String, Sendable {
        case vanilla, upweight, rrr, gradcam, abn
        case supervisedBranch = "abn_sup"

        var hasBranch: Bool { self == .abn || self == .supervisedBranch }
        var needsMaps: Bool { self == .rrr || self == .gradcam || self == .supervisedBranch }
    }

    enum Model: String, Sendable {
        case cnn, resnet10, resnet18, resnet50, script
    }

    enum Optimisation: String, Sendable {
        case sgd, adamw
    }

    enum Statistics: String, Sendable {
        case training, imagenet
    }

    let source: GALSSource
    let combination: TargetMaps.Combination
    let invertsMaps: Bool
    let statistics: Statistics
    /// Nil for as many as there are.
    let epochImages: Int?
    let attentionImages: Int
    let model: Model
    let backbone: String?
    let pretrained: String?
    let separateClasses: Bool
    let method: Method
    let lambda: Double
    /// The GALS code's WEIGHT; it wins over `lambda`.
    let penaltyWeight: Double?
    let penalty: InputGradientPenalty
    let supervision: MapSupervision
    let camWeight: Double
    let branchWeight: Double
    let branchAttentionWeight: Double
    let addsFeatures: Bool
    let weighsGroups: Bool
    let batchSize: Int
    let optimisation: Optimisation
    let baseRate: Double
    let classifierRate: Double
    let isCosine: Bool
    let momentum: Double
    let weightDecay: Double

    /// - Throws: `.badParameters` naming a combination that is wrong.
    init(_ parameters: Parameters) throws(WorkloadError) {
        source = try Self.source(parameters)
        combination = parameters.choice("map_combination")
        invertsMaps = parameters.bool("invert_maps")
        statistics = parameters.choice("pixel_statistics")
        epochImages = parameters.optionalInt("epoch_images")
        attentionImages = parameters.int("attention_images")
        model = parameters.choice("model")
        backbone = parameters.optionalText("backbone")
        pretrained = parameters.optionalText("pretrained")
        separateClasses = parameters.bool("separate_classes")
        method = parameters.choice("method")
        lambda = parameters.real("lambda_eff")
        penaltyWeight = parameters.optionalReal("rrr_weight")
        let criterion: AttentionCriterion = parameters.choice("criterion")
        penalty = InputGradientPenalty(
            region: parameters.choice("rrr_region"), criterion: criterion, subject: parameters.choice("grad_target"))
        supervision = MapSupervision(parameters.choice("map_mode"), criterion)
        camWeight = parameters.real("cam_weight")
        branchWeight = parameters.real("abn_cls_weight")
        branchAttentionWeight = parameters.real("abn_att_weight")
        addsFeatures = parameters.text("abn_wiring") == "add"
        weighsGroups = parameters.bool("group_weights")
        batchSize = parameters.int("batch_size")
        optimisation = parameters.choice("optimizer")
        baseRate = parameters.real("base_lr")
        classifierRate = parameters.real("cls_lr")
        isCosine = parameters.text("schedule") == "cosine"
        momentum = parameters.real("momentum")
        weightDecay = parameters.real("weight_decay")
        try checkCombinations()
    }

    private static func source(_ parameters: Parameters) throws(WorkloadError) -> GALSSource {
        guard let folder = parameters.optionalText("data_dir") else {
            throw WorkloadError(
                .badParameters,
                "data_dir: expected a folder with \(parameters.text("index")); "
                    + "`hypersched-trial gals make-bias` makes one"
            )
        }
        let columns = ImageIndex.Columns(
            file: parameters.optionalText("file_column"), label: parameters.text("label_column"),
            place: parameters.text("group_column"), split: parameters.text("split_column"))
        return GALSSource(
            folder: folder, index: parameters.text("index"), columns: columns,
            imageSize: parameters.optionalInt("image_size"), attention: parameters.optionalText("attention"),
            missing: parameters.choice("missing_maps"))
    }

    private func checkCombinations() throws(WorkloadError) {
        func require(_ condition: Bool, _ message: String) throws(WorkloadError) {
            if !condition { throw WorkloadError(.badParameters, message) }
        }
        try require(
            !method.needsMaps || source.attention != nil,
            "attention: expected maps, as method is \(method.rawValue): a .npy or .safetensors file, "
                + "a folder with a file "
                + "per image, or zeros")
        try require(model != .script || backbone != nil, "backbone: expected a TorchScript file, as model is script")
        try require(
            penaltyWeight == nil || penalty.subject == .loss,
            "rrr_weight: expected lambda_eff instead, as grad_target is sum_log_probs")
        try require(
            penalty.region == .outside || penalty.subject == .loss,
            "rrr_region: expected outside, as grad_target is sum_log_probs")
    }
}
