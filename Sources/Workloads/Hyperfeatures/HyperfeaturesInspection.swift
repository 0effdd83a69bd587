import Foundation
public import HyperSchedProtocol
import Torch

/// Looks at checkpointed aggregation networks, and at features without any network.
public enum HyperfeaturesInspection {
    public enum Split: String, CaseIterable, Sendable {
        case train, val, test
    }

    public struct Result: Sendable {
        public let evaluation: HyperfeaturesEvaluation
        public let pairs: Int
        public let completedEpochs: Int
    }

    /// Measures a checkpoint's network on pairs.
    /// - Parameter dataFolder: nil for the folder that the checkpoint names.
    public static func evaluate(
        checkpoint folder: String, split: Split, dataFolder: String? = nil
    ) throws(WorkloadError) -> Result {
        let checkpoint = try Checkpoint(folder: folder, of: .hyperfeatures)
        var values = checkpoint.parameters.values.entries.map { (name: $0.name, value: $0.value) }
        if let dataFolder {
            values.removeAll { $0.name == "data_dir" }
            values.append((name: "data_dir", value: .string(dataFolder)))
        }
        values.removeAll { $0.name == "pretrained" }
        let trial = try Trial(
            Configuration(values), of: .hyperfeatures, seed: checkpoint.seed, totalEpochs: checkpoint.totalEpochs)
        let workload = try HyperfeaturesWorkload(trial)
        try workload.restore(notes: checkpoint.notes)
        try checkpoint.restore(workload.network.tensors)
        let pairs = try workload.configuration.sizedPairs(split)
        return Result(
            evaluation: try workload.evaluate(pairs), pairs: pairs.count, completedEpochs: checkpoint.completedEpochs)
    }

    /// The mixing weights of a checkpoint; its data are not needed.
    public static func mixing(checkpoint folder: String) throws(WorkloadError) -> MixingWeights {
        let checkpoint = try Checkpoint(folder: folder, of: .hyperfeatures)
        guard let layout = checkpoint.notes["features"].flatMap({ FeatureLayout(text: $0) }) else {
            throw checkpoint.notes.wrong("features", expected: "timesteps and layers")
        }
        let count = layout.timesteps.count * layout.layers.count
        let target = try WorkloadError.lifting { () throws(TorchError) in
            NamedTensor(name: "mixing_weights", tensor: try Tensor.zeros([count]))
        }
        try checkpoint.restore([target])
        return try WorkloadError.lifting { () throws(TorchError) in
            let weights = try target.tensor.converted(to: .float64).softmax(axis: 0).values(Double.self)
            return MixingWeights(layout: layout, weights: weights)
        }
    }

    /// What the stored features find without any training.
    public struct RawResult: Sendable {
        public let layout: FeatureLayout
        /// Accuracy of each map alone, timestep by timestep, layer by layer within.
        public let cells: [KeypointAccuracy]
        /// Of all maps, resized and joined.
        public let joined: KeypointAccuracy
        public let pairs: Int
    }

    /// Measures the stored features of each layer and timestep alone, and all joined.
    public static func raw(_ given: Configuration, split: Split) throws(WorkloadError) -> RawResult {
        let configuration = try HyperfeaturesConfiguration(Parameters(given, of: .hyperfeatures))
        let pairs = try configuration.sizedPairs(split)
        let store = try FeatureStore(
            folder: configuration.featureFolder, image: pairs[0].source, selection: configuration.selection,
            npyChannels: configuration.npyLayers, memoryLimit: configuration.memory)
        let extent = configuration.outputSize.map { ImageExtent(width: $0, height: $0) } ?? store.layout.extent
        let matchExtent = configuration.matchSize.map { ImageExtent(width: $0, height: $0) } ?? extent
        func accuracy(_ choose: (KeypointPair) throws(TorchError) -> Tensor) throws(WorkloadError) -> KeypointAccuracy {
            try WorkloadError.lifting { () throws(TorchError) in
                try HyperfeaturesEvaluation(
                    pairs, matchExtent: matchExtent, fraction: configuration.fraction,
                    temperature: configuration.temperature, descriptors: choose
                ).accuracy
            }
        }
        var cells: [KeypointAccuracy] = []
        for step in store.layout.timesteps.indices {
            for layer in store.layout.layers.indices {
                cells.append(
                    try accuracy { (pair) throws(TorchError) in
                        let source = try store.features(of: pair.source)[layer].slice(step..<step + 1)
                        let target = try store.features(of: pair.target)[layer].slice(step..<step + 1)
                        return try Tensor.concatenated([source, target]).converted(to: .float32)
                            .resized(height: extent.height, width: extent.width)
                    })
            }
        }
        let joined = try accuracy { (pair) throws(TorchError) in
            var maps: [Tensor] = []
            for layer in try store.batch([pair.source, pair.target], on: .cpu) {
                let resized = try layer.resized(height: extent.height, width: extent.width)
                maps.append(try resized.reshaped([2, -1, extent.height, extent.width]))
            }
            return try Tensor.concatenated(maps, axis: 1)
        }
        return RawResult(layout: store.layout, cells: cells, joined: joined, pairs: pairs.count)
    }

    /// The images that lists of pairs name, each once, in order.
    public static func images(of folder: String) throws(WorkloadError) -> [String] {
        var names: Set<String> = []
        for split in Split.allCases {
            let path = "\(folder)/\(split.rawValue).json"
            guard FileManager.default.fileExists(atPath: path) else { continue }
            for pair in try PairList.read(path) { names.formUnion([pair.source, pair.target]) }
        }
        guard !names.isEmpty else {
            throw WorkloadError(.badData, "\(folder): expected train.json, val.json or test.json, found none")
        }
        return names.sorted()
    }
}

extension HyperfeaturesConfiguration {
    func sizedPairs(_ split: HyperfeaturesInspection.Split) throws(WorkloadError) -> [KeypointPair] {
        try SizedPairs(pairs(split), imageFolder: imageFolder).pairs
    }
}
