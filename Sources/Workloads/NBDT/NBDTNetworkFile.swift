import HyperSchedProtocol
import Torch

/// The network of a checkpoint, ready to classify images.
struct NBDTNetworkFile {
    let configuration: NBDTConfiguration
    let notes: NBDTNotes
    let network: AnyImageClassifier
    /// The run's own tree; where it had none yet, the one that its weights induce.
    let hierarchy: NamedHierarchy
    let completedEpochs: Int
    let seed: UInt64

    private static let changeable: Set<String> = [
        "hierarchy", "hierarchy_seed", "branching", "hierarchy_file", "wnids", "wordnet_dir", "linkage",
        "linkage_metric",
    ]

    /// - Parameters:
    ///   - folder: a checkpoint directory.
    ///   - changes: parameters of another tree than the run's own.
    init(_ folder: String, changes: Configuration = Configuration([])) throws(WorkloadError) {
        let checkpoint = try Checkpoint(folder: folder, of: .nbdt)
        for change in changes.entries where !Self.changeable.contains(change.name) {
            throw WorkloadError(
                .badParameters,
                "\(change.name): expected one of \(Self.changeable.sorted().joined(separator: ", ")), which change the "
                    + "tree and not the network")
        }
        let own = checkpoint.parameters.values.entries.map { (name: $0.name, value: $0.value) }
        let kept = own.filter { changes[$0.name] == nil }
        let all = Configuration(kept + changes.entries.map { (name: $0.name, value: $0.value) })
        configuration = try NBDTConfiguration(Parameters(all, of: .nbdt))
        notes = try NBDTNotes(checkpoint.notes)
        network = try configuration.makeModel(
            notes.shape, classes: notes.classNames.count, seed: checkpoint.seed, isContinued: true)
        try checkpoint.restore(network.tensors)
        if let stored = notes.hierarchy, changes.entries.isEmpty {
            hierarchy = stored
        } else if let fixed = try configuration.fixedHierarchy(classNames: notes.classNames) {
            hierarchy = fixed
        } else {
            hierarchy = try configuration.inducedHierarchy(of: network, classNames: notes.classNames)
        }
        completedEpochs = checkpoint.completedEpochs
        seed = checkpoint.seed
    }

    /// Logits of one picture, which is resized to what the network was trained on.
    func logits(_ picture: Picture) throws(WorkloadError) -> [Double] {
        try WorkloadError.lifting { () throws(TorchError) in
            let fitted = try picture.converted(channels: notes.shape.channels)
                .resized(width: notes.shape.width, height: notes.shape.height)
            let planes = try fitted.tensor().values(UInt8.self)
            let image = ImageSet(
                channels: fitted.channels, height: fitted.height, width: fitted.width, classNames: notes.classNames,
                pixels: planes, labels: [0])
            let batch = try ImageBatcher(images: image, statistics: notes.statistics).plain(0..<1)
            return try TorchRuntime.withoutGradients { () throws(TorchError) in
                try network.logits(batch.images, training: false).values(Float.self).map(Double.init)
            }
        }
    }
}
