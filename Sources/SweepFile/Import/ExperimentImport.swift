public import HyperSchedProtocol
import Yams

/// Reads experiments of other tools, one way: gives a sweep file, and names everything that it leaves out or changes.
/// What can not be carried over without changing the search is refused: an experiment is imported whole or not at all.
public enum ExperimentImport {
    public enum Format: String, CaseIterable, Hashable, Sendable {
        /// `Experiment` of kubeflow.org/v1beta1.
        case katib
        /// Experiment configuration of Determined.
        case determined
    }

    /// What the experiment does not say.
    public struct Options: Hashable, Sendable {
        /// `6h`, or an instant with a zone; nil: left to `sweep run --deadline`.
        public var deadline: String?
        /// nil: as the experiment says, or left to `sweep run --max-steps`.
        public var maxSteps: Int?

        public init(deadline: String? = nil, maxSteps: Int? = nil) {
            self.deadline = deadline
            self.maxSteps = maxSteps
        }
    }

    /// - Parameters:
    ///   - format: nil: found out from the keys of the file.
    ///   - now: a deadline must lie after it.
    /// - Returns: the sweep, or all that stands against it at once.
    public static func read(
        _ text: String, as format: Format? = nil, options: Options = Options(), now: Timestamp
    ) -> Result<ImportedSweep, SweepFileError> {
        let findings = Findings()
        guard let root = YamlDocument.read(text, findings), let top = Section(root, path: "", findings) else {
            return .failure(SweepFileError(errors: findings.errors))
        }
        guard let format = format ?? Self.format(of: top) else {
            findings.error(
                "", at: root, "neither an Experiment of Katib nor an experiment configuration of Determined",
                fix: "say which one it is with --format katib or --format determined; sweep files of W&B need no import"
            )
            return .failure(SweepFileError(errors: findings.errors))
        }
        var draft: SweepDraft
        switch format {
        case .katib: draft = KatibReader(top: top).draft()
        case .determined: draft = DeterminedReader(top: top).draft()
        }
        guard findings.errors.isEmpty else { return .failure(SweepFileError(errors: findings.errors)) }
        draft.add(options, findings)
        return checked(draft, format, findings, now)
    }

    private static func format(of top: Section) -> Format? {
        if top.text("kind") == "Experiment", top.has("spec") { return .katib }
        return top.has("searcher") && (top.has("hyperparameters") || top.has("entrypoint")) ? .determined : nil
    }

    /// What is printed must be a file that `sweep run` takes.
    private static func checked(
        _ draft: SweepDraft, _ format: Format, _ findings: Findings, _ now: Timestamp
    ) -> Result<ImportedSweep, SweepFileError> {
        let text = draft.text(comment: "imported from \(format.rawValue)")
        switch SweepFileReader.read(text + draft.standIns, now: now, defaultSeed: 0) {
        case .failure(let error): return .failure(error)
        case .success(let parsed):
            let more = parsed.warnings.filter { !findings.warnings.contains($0) }
            return .success(
                ImportedSweep(
                    format: format, text: text, notes: findings.warnings, warnings: more, missing: draft.missing))
        }
    }
}

/// A sweep file made from an experiment of another tool.
public struct ImportedSweep: Hashable, Sendable {
    public let format: ExperimentImport.Format
    /// YAML; see docs/SWEEP_FILE.md.
    public let text: String
    /// What is ignored, or means something else here, with its place in the experiment.
    public let notes: [String]
    /// What the reader of sweep files has to say about the result.
    public let warnings: [String]
    /// Options of `sweep run` that must be given, because neither the experiment nor the import has said it.
    public let missing: [String]
}
