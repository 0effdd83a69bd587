import Torch

/// Weights to start from: a checkpoint directory of this program, or a safetensors file with the network's names (a
/// leading `module.` or `net.` is taken off, as torch.nn.DataParallel and the NBDT code leave it).
enum PretrainedWeights {
    /// - Throws: `.badData` naming the file and the tensor that is missing or has another shape.
    /// - Parameter optional: names that keep their own values where the file has none of that name and shape.
    static func load(
        _ path: String, into network: any Network, optional: (String) -> Bool = { _ in false }
    ) throws(WorkloadError) {
        let isFile = path.hasSuffix(".safetensors")
        let source = isFile ? path : path + "/" + CheckpointFolder.fileName
        try WorkloadError.lifting { () throws(TorchError) in
            let file = try SafetensorsFile.read(source)
            let found = Dictionary(file.tensors.map { (stripped($0.name), $0.tensor) }) { first, _ in first }
            for target in network.tensors {
                guard let tensor = found[target.name] else {
                    if optional(target.name) { continue }
                    let some = file.tensors.prefix(4).map(\.name).joined(separator: ", ")
                    throw TorchError(
                        kind: .badFile,
                        message: "\(source): expected a tensor '\(target.name)' of the model, found none (there are "
                            + "\(some), ...)")
                }
                let (expected, shape) = (try target.tensor.shape(), try tensor.shape())
                guard expected == shape else {
                    if optional(target.name) { continue }
                    throw TorchError(
                        kind: .badFile,
                        message: "\(source): expected shape \(expected) for '\(target.name)', found \(shape)")
                }
                try target.tensor.copy(from: tensor)
            }
        }
    }

    private static func stripped(_ name: String) -> String {
        var name = Substring(name)
        for prefix in ["module.", "net."] where name.hasPrefix(prefix) { name = name.dropFirst(prefix.count) }
        return String(name)
    }
}
