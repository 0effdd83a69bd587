public import HyperSchedProtocol
public import Torch

/// Reads and writes the complete state of a run: the workload's tensors and notes, and the position.
///
/// One safetensors file. Tensors carry the workload's names, and `progress`; the metadata holds the format version, the
/// workload, the configuration, the seed, the total number of epochs and the notes.
public struct Checkpoint {
    static let formatVersion = 1
    private static let progressName = "progress"
    private static let ownKeys: Set<String> = ["format_version", "workload", "configuration", "seed", "total_epochs"]

    /// What the workload wrote as text.
    public let notes: Notes
    public let parameters: Parameters
    public let seed: UInt64
    public let totalEpochs: Int
    let progress: RunProgress
    private let path: String
    private let file: SafetensorsFile

    static func encode<Work: Workload>(
        _ workload: Work, trial: Trial, progress: RunProgress
    ) throws(TorchError) -> SafetensorsFile {
        var metadata = workload.notes
        precondition(ownKeys.isDisjoint(with: metadata.keys))
        metadata["format_version"] = String(formatVersion)
        metadata["workload"] = Work.description.name
        metadata["configuration"] = WireCoding.encodeText(trial.parameters.values)
        metadata["seed"] = String(trial.seed)
        metadata["total_epochs"] = String(trial.totalEpochs)
        let numbers = try Tensor.of(progress.numbers)
        return SafetensorsFile(
            tensors: workload.tensors + [NamedTensor(name: progressName, tensor: numbers)], metadata: metadata)
    }

    /// - Parameter folder: a checkpoint directory.
    /// - Throws: `.badData` naming the file, what was expected and what was found.
    public init(folder: String, of description: WorkloadDescription) throws(WorkloadError) {
        let path = folder + "/" + CheckpointFolder.fileName
        self.path = path
        do throws(TorchError) {
            file = try SafetensorsFile.read(path)
        } catch { throw WorkloadError(error) }
        notes = Notes(path: path, values: file.metadata)
        try notes.checkFormat(of: description)
        seed = try notes.number("seed", UInt64.init)
        totalEpochs = try notes.number("total_epochs") { Int($0) }
        parameters = try notes.parameters(of: description)
        guard let numbers = try? file[Self.progressName]?.values(Double.self),
            let progress = RunProgress(numbers: numbers)
        else {
            throw WorkloadError(.badData, "\(path): expected a tensor '\(Self.progressName)', found none that fits")
        }
        self.progress = progress
    }

    /// The run that made this checkpoint.
    public func trial(devices: [Device] = [.cpu]) throws(WorkloadError) -> Trial {
        try Trial(
            parameters.values, of: parameters.description, seed: seed, totalEpochs: totalEpochs, devices: devices)
    }

    public var completedEpochs: Int { progress.epoch }

    /// Copies the file's tensors into these, by name.
    public func restore(_ targets: [NamedTensor]) throws(WorkloadError) {
        for target in targets {
            guard let source = file[target.name] else {
                throw WorkloadError(.badData, "\(path): expected a tensor '\(target.name)', found none")
            }
            do throws(TorchError) {
                let (expected, found) = (try target.tensor.shape(), try source.shape())
                guard expected == found else {
                    throw TorchError(
                        kind: .badFile,
                        message: "\(path): expected shape \(expected) for '\(target.name)', found \(found)")
                }
                try target.tensor.copy(from: source)
            } catch { throw WorkloadError(error) }
        }
    }

    /// Refuses a checkpoint of another run. Files may lie elsewhere on another machine. A child takes what its parent
    /// made; ``restore(_:)`` still refuses tensors that do not fit.
    func check(trial: Trial, ignoring locations: Set<String>) throws(WorkloadError) {
        func require(_ name: String, _ expected: String, _ found: String) throws(WorkloadError) {
            guard expected != found else { return }
            throw WorkloadError(
                .badData, "\(path): made by another run: \(name): expected \(expected), found \(found)")
        }
        for parameter in parameters.description.parameters where !trial.isChild && !locations.contains(parameter.name) {
            let text = { (values: Configuration) in values[parameter.name]?.text ?? "none" }
            try require(parameter.name, text(trial.parameters.values), text(parameters.values))
        }
        try require("total epochs", String(trial.totalEpochs), String(totalEpochs))
        if !trial.isChild { try require("seed", String(trial.seed), String(seed)) }
    }
}
