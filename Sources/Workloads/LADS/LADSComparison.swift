import HyperSchedProtocol
import Torch

/// Trains several methods on the same embeddings and measures each on the test rows.
public enum LADSComparison {
    /// A line of a comparison: what is set beside the common parameters.
    public struct Entry: Sendable {
        public let name: String
        public let settings: [String]

        public init(_ name: String, _ settings: [String]) {
            self.name = name
            self.settings = settings
        }
    }

    /// All baselines, then the method itself at five values of `alpha`.
    public static let usual: [Entry] =
        [
            Entry("zero-shot, class texts", ["method=zero_shot", "zero_shot_texts=classes"]),
            Entry("zero-shot, domain texts", ["method=zero_shot"]), Entry("LP", ["method=lp"]),
            Entry("LP from zero-shot", ["method=lp_zs_init"]), Entry("LP and zero-shot, mean", ["method=average"]),
            Entry("addition", ["method=addition"]), Entry("SLERP", ["method=slerp"]),
            Entry("direction added", ["method=addition", "mix_with=direction", "mix=1"]), Entry("E2E", ["method=e2e"]),
        ] + ["0", "0.25", "0.5", "0.75", "1"].map { Entry("LADS, alpha \($0)", ["method=lads", "alpha=\($0)"]) }

    /// Needs `oracle_features` in the file.
    public static let oracle = Entry("oracle", ["method=oracle"])

    /// - Parameters:
    ///   - settings: NAME=VALUE, for all entries.
    ///   - report: called after each entry.
    public static func run(
        _ entries: [Entry], settings: [String], seed: UInt64, totalEpochs: Int,
        report: (Entry, LADSInspection.Result) -> Void
    ) throws(WorkloadError) {
        let environment = TrialEnvironment([:])
        var given: EmbeddingData?
        for entry in entries {
            let values = try environment.configuration(overriddenBy: settings + entry.settings, of: .lads)
            let isTrained = !entry.settings.contains("method=zero_shot")
            let trial = try Trial(values, of: .lads, seed: seed, totalEpochs: isTrained ? totalEpochs : 1)
            let configuration = try LADSConfiguration(trial.parameters)
            let data: EmbeddingData
            if let given { data = given } else { data = try EmbeddingData.read(configuration.embeddings) }
            given = data
            if entry.name == oracle.name, data.oracle == nil { continue }
            let workload = try LADSWorkload(trial, data: configuration.prepared(data))
            let outcome = try TrainingRun(workload, trial: trial).run(shouldStop: { false }, report: { _ in })
            guard outcome == .finished else {
                throw WorkloadError(.failed, "\(entry.name): the loss is not finite; lower lr or aug_lr")
            }
            report(
                entry,
                try WorkloadError.lifting { () throws(TorchError) in
                    try LADSInspection.measure(workload, completedEpochs: trial.totalEpochs)
                })
        }
    }
}
