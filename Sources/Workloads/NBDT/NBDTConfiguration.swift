/// The checked parameters of one nbdt run. `WorkloadDescription.nbdt` says what each is.
public struct NBDTConfiguration: Equatable, Sendable {
    public enum Model: String, Sendable {
        case cnn, resnet10, resnet18, wrn, script
    }

    public enum Hierarchy: String, Sendable {
        case induced, random, flat, wordnet, file
        case inducedNormalized = "induced_normalized"
    }

    public let dataset: ImageSource.Kind
    public let source: ImageSource
    public let model: Model
    public let wideDepth: Int
    public let wideWidth: Int
    /// A TorchScript module, and the name of its last layer's weights where it is not one of the usual.
    public let backbone: String?
    public let classifierKey: String?
    /// Weights to start from.
    public let pretrained: String?
    /// Nil for all.
    public let trainImages: Int?
    /// Nil for as many as are trained on.
    public let epochImages: Int?
    public let augment: Bool
    /// Nil for the data set's own.
    public let augmentShift: Int?
    public let batchSize: Int
    public let learningRate: Double
    public let learningRateFactor: Double
    public let milestones: [Double]
    public let momentum: Double
    public let weightDecay: Double
    public let hierarchy: Hierarchy
    public let hierarchySeed: UInt64
    public let branching: Int
    public let hierarchyFile: String?
    public let wnidsFile: String?
    public let wordNetFolder: String
    public let linkage: Clustering.Linkage
    public let metric: Clustering.Metric
    public let treeTerm: TreeLoss.Term
    public let hardWeightSquared: Bool
    public let treeStart: Double
    public let treeUpdateEvery: Int
    public let treeUpdateEnd: Double
    public let treeWeight: WeightSchedule
    public let crossEntropyWeight: WeightSchedule

    /// - Throws: `.badParameters` naming a combination that is wrong.
    public init(_ parameters: Parameters) throws(WorkloadError) {
        dataset = parameters.choice("dataset")
        source = try ImageSource(
            dataset, folder: parameters.optionalText("data_dir"), imageSize: parameters.optionalInt("image_size"))
        model = parameters.choice("model")
        wideDepth = parameters.int("wrn_depth")
        wideWidth = parameters.int("wrn_width")
        backbone = parameters.optionalText("backbone")
        classifierKey = parameters.optionalText("classifier_key")
        pretrained = parameters.optionalText("pretrained")
        trainImages = parameters.optionalInt("train_images")
        epochImages = parameters.optionalInt("epoch_images")
        augment = parameters.bool("augment")
        augmentShift = parameters.optionalInt("augment_shift")
        batchSize = parameters.int("batch_size")
        learningRate = parameters.real("lr")
        learningRateFactor = parameters.real("lr_gamma")
        milestones = [parameters.real("lr_milestone_1"), parameters.real("lr_milestone_2")]
        momentum = parameters.real("momentum")
        weightDecay = parameters.real("weight_decay")
        hierarchy = parameters.choice("hierarchy")
        hierarchySeed = UInt64(parameters.int("hierarchy_seed"))
        branching = parameters.int("branching")
        hierarchyFile = parameters.optionalText("hierarchy_file")
        wnidsFile = parameters.optionalText("wnids")
        wordNetFolder = parameters.text("wordnet_dir")
        linkage = parameters.choice("linkage")
        metric = parameters.choice("linkage_metric")
        treeTerm = parameters.choice("tree_loss")
        hardWeightSquared = parameters.bool("hard_weight_squared")
        treeStart = parameters.real("tree_start")
        treeUpdateEvery = parameters.int("tree_update_every")
        treeUpdateEnd = parameters.real("tree_update_end")
        treeWeight = parameters.weightSchedule("tree_supervision_weight")
        crossEntropyWeight = parameters.weightSchedule("xent_weight")
        try checkCombinations()
    }

    private func checkCombinations() throws(WorkloadError) {
        func require(_ condition: Bool, _ message: String) throws(WorkloadError) {
            if !condition { throw WorkloadError(.badParameters, message) }
        }
        if let epochImages, let trainImages {
            try require(
                epochImages <= trainImages,
                "epoch_images: expected at most train_images (\(trainImages)), found \(epochImages)")
        }
        try require(
            linkage != .ward || metric == .euclidean, "linkage_metric: cosine does not go with linkage ward")
        try require(
            (wideDepth - 4) % 6 == 0, "wrn_depth: expected 4 more than a multiple of 6 (16, 22, 28), found \(wideDepth)"
        )
        try require(model != .script || backbone != nil, "backbone: expected a TorchScript file, as model is script")
        try require(
            hierarchy != .file || hierarchyFile != nil, "hierarchy_file: expected a file, as hierarchy is file")
    }
}
