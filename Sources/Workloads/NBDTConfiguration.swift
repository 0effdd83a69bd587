public import HyperSchedProtocol

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

    /// Every parameter that was given or has a default, with its own type. What a checkpoint is compared by.
    public let values: Configuration

    /// - Throws: `.badParameters` naming everything that is wrong.
    public init(_ given: Configuration) throws(WorkloadError) {
        let description = WorkloadDescription.nbdt
        let problems = description.problems(with: given)
        guard problems.isEmpty else {
            throw WorkloadError(.badParameters, problems.joined(separator: "; "))
        }
        let reader = Reader(given: given, description: description)
        dataFolder = reader.text("data_dir")
        model = Model(rawValue: reader.text("model"))!
        trainImages = reader.int("train_images")
        epochImages = reader.optionalInt("epoch_images") ?? trainImages
        augment = reader.bool("augment")
        batchSize = reader.int("batch_size")
        learningRate = reader.real("lr")
        learningRateFactor = reader.real("lr_gamma")
        milestones = [reader.real("lr_milestone_1"), reader.real("lr_milestone_2")]
        momentum = reader.real("momentum")
        weightDecay = reader.real("weight_decay")
        hierarchy = Hierarchy(rawValue: reader.text("hierarchy"))!
        hierarchySeed = UInt64(reader.int("hierarchy_seed"))
        linkage = Clustering.Linkage(rawValue: reader.text("linkage"))!
        metric = Clustering.Metric(rawValue: reader.text("linkage_metric"))!
        treeTerm = TreeLoss.Term(rawValue: reader.text("tree_loss"))!
        hardWeightSquared = reader.bool("hard_weight_squared")
        treeStart = reader.real("tree_start")
        treeUpdateEvery = reader.int("tree_update_every")
        treeUpdateEnd = reader.real("tree_update_end")
        treeWeight = reader.schedule("tree_supervision_weight")
        crossEntropyWeight = reader.schedule("xent_weight")
        values = reader.complete
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

    /// Reads values that are known to be legal.
    private struct Reader {
        let given: Configuration
        let description: WorkloadDescription

        func value(_ name: String) -> ParameterValue? {
            guard let parameter = description.parameter(named: name) else { preconditionFailure(name) }
            return given[name].flatMap(parameter.accepted) ?? parameter.defaultValue
        }

        func text(_ name: String) -> String { value(name)!.text }
        func real(_ name: String) -> Double { value(name)!.number! }
        func int(_ name: String) -> Int { Int(real(name)) }
        func optionalInt(_ name: String) -> Int? { value(name)?.number.map { Int($0) } }
        func bool(_ name: String) -> Bool { value(name) == .bool(true) }

        func schedule(_ name: String) -> WeightSchedule {
            WeightSchedule(start: real(name), end: value(name + "_end")?.number, power: real(name + "_power"))
        }

        var complete: Configuration {
            Configuration(
                description.parameters.compactMap { parameter in
                    value(parameter.name).map { (name: parameter.name, value: $0) }
                })
        }
    }
}
