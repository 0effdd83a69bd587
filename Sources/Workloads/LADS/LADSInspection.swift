import HyperSchedProtocol
import Torch

/// Measures a checkpointed run on the test rows, which a search does not see.
public enum LADSInspection {
    public struct Result: Sendable {
        /// Test rows of a domain (setting bias: of a combination of class and domain) that training rows have.
        public let inDomain: ClassificationScore?
        /// All others.
        public let outOfDomain: ClassificationScore?
        /// Per domain: its name and the score of its test rows.
        public let domains: [(name: String, score: ClassificationScore)]
        /// Both together.
        public let pooled: ClassificationScore
        /// Nil where the method makes no new rows.
        public let quality: NeighbourQuality?
        public let completedEpochs: Int
        public let classNames: [String]

        /// Mean of the accuracies in and out of the domain.
        public var extended: Double? {
            guard let inDomain, let outOfDomain else { return nil }
            return (inDomain.accuracy + outOfDomain.accuracy) / 2
        }
    }

    private static let qualityRows = 1000

    /// - Parameter embeddings: nil for the file that the checkpoint names.
    public static func evaluate(checkpoint folder: String, embeddings: String? = nil) throws(WorkloadError) -> Result {
        let checkpoint = try Checkpoint(folder: folder, of: .lads)
        let own = try checkpoint.trial()
        let trial: Trial
        if let embeddings {
            let kept = own.parameters.values.entries.filter { $0.name != "embeddings" }
            let pairs = kept.map { (name: $0.name, value: $0.value) } + [("embeddings", .string(embeddings))]
            trial = try Trial(
                Configuration(pairs), of: .lads, seed: own.seed, totalEpochs: own.totalEpochs)
        } else {
            trial = own
        }
        let workload = try LADSWorkload(trial)
        try workload.restore(notes: checkpoint.notes)
        try checkpoint.restore(workload.tensors)
        return try WorkloadError.lifting { () throws(TorchError) in
            try measure(workload, completedEpochs: checkpoint.completedEpochs)
        }
    }

    static func measure(_ workload: LADSWorkload, completedEpochs: Int) throws(TorchError) -> Result {
        let (data, test) = (workload.data, workload.data.test)
        let isInside = inside(workload.configuration.setting, data)
        func score(_ keep: (Int) -> Bool) throws(TorchError) -> ClassificationScore? {
            let rows = (0..<test.count).filter(keep)
            return rows.isEmpty ? nil : try workload.score(test.selecting(rows), best: true)
        }
        var domains: [(name: String, score: ClassificationScore)] = []
        for (domain, name) in data.domainNames.enumerated() {
            if let score = try score({ test.domains[$0] == domain }) { domains.append((name, score)) }
        }
        return Result(
            inDomain: try score { isInside[$0] }, outOfDomain: try score { !isInside[$0] }, domains: domains,
            pooled: try workload.score(test, best: true), quality: try quality(workload),
            completedEpochs: completedEpochs, classNames: data.classNames)
    }

    /// Which test rows are like training rows.
    private static func inside(_ setting: LADSConfiguration.Setting, _ data: EmbeddingData) -> [Bool] {
        func kinds(_ rows: EmbeddingRows) -> [Int] {
            zip(rows.labels, rows.domains).map { setting == .shift ? $1 : $0 * data.domains + $1 }
        }
        let known = Set(kinds(data.training))
        return kinds(data.test).map { known.contains($0) }
    }

    /// Augmented training rows, at most a thousand drawn by a fixed permutation, against the real rows that no
    /// training saw.
    private static func quality(_ workload: LADSWorkload) throws(TorchError) -> NeighbourQuality? {
        let sets = try workload.augmentedSets()
        guard var all = sets.first else { return nil }
        for set in sets.dropFirst() { all = try all.appending(set) }
        let order = CounterPermutation(count: all.count, generator: CounterGenerator(seed: 0, stream: 0))
        let chosen = try all.selecting((0..<min(all.count, qualityRows)).map { order[$0] })
        return try NeighbourQuality(of: chosen, in: workload.data.validation.appending(workload.data.test))
    }
}
