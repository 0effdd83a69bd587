import HyperSchedProtocol
import Torch

/// Reads and writes the complete state of a run: network, momentum, tree, position.
///
/// One safetensors file. Tensors carry the network's names, `momentum.<name>` and `progress`; the metadata holds the
/// format version, the workload, the configuration, the seed, the total number of epochs and the tree.
struct NBDTCheckpoint {
    static let formatVersion = 1
    private static let progressName = "progress"

    let configuration: NBDTConfiguration
    let seed: UInt64
    let totalEpochs: Int
    let classes: Int
    let tree: ClassTree?
    let progress: NBDTProgress
    private let path: String
    private let file: SafetensorsFile

    static func encode(
        tensors: [NamedTensor], configuration: NBDTConfiguration, seed: UInt64, totalEpochs: Int, classes: Int,
        tree: ClassTree?, progress: NBDTProgress
    ) throws(TorchError) -> SafetensorsFile {
        var metadata = [
            "format_version": String(formatVersion),
            "workload": WorkloadDescription.nbdt.name,
            "configuration": WireCoding.encodeText(configuration.values),
            "seed": String(seed),
            "total_epochs": String(totalEpochs),
            "classes": String(classes),
        ]
        metadata["tree"] = tree?.text
        let numbers = try Tensor.of(progress.numbers)
        return SafetensorsFile(
            tensors: tensors + [NamedTensor(name: progressName, tensor: numbers)], metadata: metadata)
    }

    /// - Parameter folder: a checkpoint directory.
    init(folder: String) throws(WorkloadError) {
        let path = folder + "/" + CheckpointFolder.fileName
        self.path = path
        do throws(TorchError) {
            file = try SafetensorsFile.read(path)
        } catch { throw WorkloadError(error) }
        let metadata = Metadata(path: path, values: file.metadata)
        try metadata.checkFormat()
        seed = try metadata.number("seed", UInt64.init)
        totalEpochs = try metadata.number("total_epochs") { Int($0) }
        classes = try metadata.number("classes") { Int($0) }
        configuration = try metadata.configuration()
        tree = try metadata.tree(classes: classes)
        guard let numbers = try? file[Self.progressName]?.values(Double.self),
            let progress = NBDTProgress(numbers: numbers)
        else {
            throw WorkloadError(.badData, "\(path): expected a tensor '\(Self.progressName)', found none that fits")
        }
        self.progress = progress
    }

    /// Copies the file's tensors into these, by name.
    func restore(_ targets: [NamedTensor]) throws(WorkloadError) {
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

    /// Refuses a checkpoint of another run. The data folder may differ: the files may lie elsewhere on another node.
    func check(configuration wanted: NBDTConfiguration, seed wantedSeed: UInt64, totalEpochs wantedTotal: Int)
        throws(WorkloadError)
    {
        func require(_ name: String, _ expected: String, _ found: String) throws(WorkloadError) {
            guard expected != found else { return }
            throw WorkloadError(
                .badData, "\(path): made by another run: \(name): expected \(expected), found \(found)")
        }
        for parameter in WorkloadDescription.nbdt.parameters where parameter.name != "data_dir" {
            let text = { (values: Configuration) in values[parameter.name]?.text ?? "none" }
            try require(parameter.name, text(wanted.values), text(configuration.values))
        }
        try require("total epochs", String(wantedTotal), String(totalEpochs))
        try require("seed", String(wantedSeed), String(seed))
    }
}
