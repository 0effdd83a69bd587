import HyperSchedProtocol
import Torch

/// The parameters of a hyperfeatures run, checked together.
struct HyperfeaturesConfiguration: Equatable, Sendable {
    enum Annotations: String, Sendable {
        case pairs, spair
    }

    enum Mixing: String, Sendable {
        case learned, uniform
    }

    let dataFolder: String
    let featureFolder: String
    let imageFolder: String
    let annotations: Annotations
    let spairLayout: String
    let npyLayers: [Int]
    let memory: Int
    let selection: FeatureSelection
    let trainPairs: Int?
    let validationPairs: Int?
    let epochPairs: Int
    let pairsPerStep: Int
    let projection: Int
    let bottleneckRatio: Int
    let groups: Int
    let blocks: Int
    let mixing: Mixing
    let outputSize: Int?
    let matchSize: Int?
    let learningRate: Double
    let mixingFactor: Double
    let weightDecay: Double
    let temperature: Double
    let fraction: Double
    let pretrained: String?

    init(_ parameters: Parameters) throws(WorkloadError) {
        let folder = parameters.text("data_dir")
        dataFolder = folder
        annotations = parameters.choice("annotations")
        featureFolder = parameters.optionalText("features_dir") ?? folder + "/features"
        let images = annotations == .spair ? "/JPEGImages" : "/images"
        imageFolder = parameters.optionalText("images_dir") ?? folder + images
        spairLayout = parameters.text("spair_layout")
        npyLayers = try Self.numbers(parameters.optionalText("npy_layers"))
        memory = parameters.int("features_memory_mb") << 20
        selection = FeatureSelection(timesteps: parameters.text("timesteps"), layers: parameters.text("layers"))
        trainPairs = parameters.optionalInt("train_pairs")
        validationPairs = parameters.optionalInt("val_pairs")
        epochPairs = parameters.int("epoch_pairs")
        pairsPerStep = parameters.int("pairs_per_step")
        projection = parameters.int("projection_dim")
        bottleneckRatio = parameters.int("bottleneck_ratio")
        groups = parameters.int("norm_groups")
        blocks = parameters.int("res_blocks")
        mixing = parameters.choice("mixing")
        outputSize = parameters.optionalInt("output_size")
        matchSize = parameters.optionalInt("match_size")
        learningRate = parameters.real("lr")
        mixingFactor = parameters.real("mixing_lr_factor")
        weightDecay = parameters.real("weight_decay")
        temperature = parameters.real("temperature")
        fraction = parameters.real("pck_fraction")
        pretrained = parameters.optionalText("pretrained")
        try check()
    }

    private static func numbers(_ text: String?) throws(WorkloadError) -> [Int] {
        guard let text else { return [] }
        let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.allSatisfy({ ($0 ?? 0) > 0 }) else {
            throw WorkloadError(.badParameters, "npy_layers: expected channels such as 1280,640,320, found \(text)")
        }
        return numbers.compactMap { $0 }
    }

    private func check() throws(WorkloadError) {
        guard projection % bottleneckRatio == 0 else {
            throw WorkloadError(
                .badParameters,
                "bottleneck_ratio: expected a divisor of projection_dim \(projection), found \(bottleneckRatio)")
        }
        guard (projection / bottleneckRatio) % groups == 0 else {
            throw WorkloadError(
                .badParameters,
                "norm_groups: expected a divisor of projection_dim / bottleneck_ratio = "
                    + "\(projection / bottleneckRatio), found \(groups)")
        }
    }

    func networkShape(_ layout: FeatureLayout) -> AggregationNetwork.Shape {
        AggregationNetwork.Shape(
            channels: layout.layers.map(\.channels), timesteps: layout.timesteps.count, projection: projection,
            bottleneck: projection / bottleneckRatio, groups: groups, blocks: blocks, learnsMixing: mixing == .learned)
    }

    func pairs(_ split: HyperfeaturesInspection.Split) throws(WorkloadError) -> [KeypointPair] {
        let limit: Int? =
            switch split {
            case .train: trainPairs
            case .val: validationPairs
            case .test: nil
            }
        let all: [KeypointPair]
        switch annotations {
        case .pairs: all = try PairList.read("\(dataFolder)/\(split.rawValue).json")
        case .spair:
            let splits: [HyperfeaturesInspection.Split: SPairAnnotations.Split] = [
                .train: .training, .val: .validation, .test: .test,
            ]
            all = try SPairAnnotations(root: dataFolder, layout: spairLayout).pairs(splits[split] ?? .test)
        }
        guard let limit, limit < all.count else { return all }
        // Lists are sorted by category: a part of them is drawn, the same for every seed and configuration.
        let order = CounterPermutation(count: all.count, generator: CounterGenerator(seed: 0, stream: 0x7061_6972))
        return (0..<limit).map { all[order[$0]] }
    }
}
