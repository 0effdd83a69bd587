/// The checked parameters of one nbdt run. `WorkloadDescription.nbdt` says what each is.
public struct NBDTConfiguration: Equatable, Sendable {
    public enum Model: String, Sendable {
        case cnn, resnet10, resnet18
    }

    public enum Hierarchy: String, Sendable {
        case induced, random, flat
        case inducedNormalized = "induced_normalized"
    }

    public let dataFolder: String
    public let model: Model
    public let trainImages: Int
    public let epochImages: Int
    public let augment: Bool
    public let batchSize: Int
    public let learningRate: Double
    public let learningRateFactor: Double
    public let milestones: [Double]
    public let momentum: Double
    public let weightDecay: Double
    public let hierarchy: Hierarchy
    public let hierarchySeed: UInt64
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
        dataFolder = parameters.text("data_dir")
        model = parameters.choice("model")
        trainImages = parameters.int("train_images")
        epochImages = parameters.optionalInt("epoch_images") ?? trainImages
        augment = parameters.bool("augment")
        batchSize = parameters.int("batch_size")
        learningRate = parameters.real("lr")
        learningRateFactor = parameters.real("lr_gamma")
        milestones = [parameters.real("lr_milestone_1"), parameters.real("lr_milestone_2")]
        momentum = parameters.real("momentum")
        weightDecay = parameters.real("weight_decay")
        hierarchy = parameters.choice("hierarchy")
        hierarchySeed = UInt64(parameters.int("hierarchy_seed"))
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
        if epochImages > trainImages {
            throw WorkloadError(
                .badParameters, "epoch_images: expected at most train_images (\(trainImages)), found \(epochImages)")
        }
        if linkage == .ward && metric == .cosine {
            throw WorkloadError(.badParameters, "linkage_metric: cosine does not go with linkage ward")
        }
    }
}
