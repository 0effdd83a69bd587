/// The GPUs that the agent itself was given: CUDA_VISIBLE_DEVICES as Slurm or a person set it, read as CUDA reads it.
///
/// Numbers are nvidia-smi's. Slurm counts the same way; where it lets a job see its own GPUs only, both begin at 0.
struct VisibleDevices: Hashable {
    /// One GPU that a slot may stand for.
    struct Entry: Hashable {
        /// For the CUDA_VISIBLE_DEVICES of a trial.
        var device: String
        /// nil where nvidia-smi does not list it: a MIG part, or there is no nvidia-smi.
        var gpu: GPUDevice?
    }

    let entries: [Entry]
    /// The first entry that means nothing; CUDA ignores it and all behind it.
    let unknown: String?

    /// - Parameters:
    ///   - list: the variable's value; nil: it is not set, and all are visible.
    ///   - devices: as nvidia-smi lists them; nil: there is no nvidia-smi, so that the list has to be believed.
    init(_ list: String?, among devices: [GPUDevice]?) {
        guard let list else {
            entries = (devices ?? []).map { Entry(device: $0.uuid, gpu: $0) }
            unknown = nil
            return
        }
        var found: [Entry] = []
        var stranger: String?
        let names = list.split(separator: ",", omittingEmptySubsequences: false).map { $0.filter { !$0.isWhitespace } }
        for name in names where !list.allSatisfy(\.isWhitespace) {
            // Slurm's way to say "none", and everybody else's.
            if name == "NoDevFiles" || name == "-1" { break }
            guard let entry = Self.entry(name, devices) else {
                stranger = name
                break
            }
            if !found.contains(entry) { found.append(entry) }
        }
        entries = found
        unknown = stranger
    }

    private static func entry(_ name: String, _ devices: [GPUDevice]?) -> Entry? {
        if name.hasPrefix("MIG-") { return Entry(device: name, gpu: nil) }
        guard let devices else {
            let isLegal = Int(name).map { $0 >= 0 } ?? name.hasPrefix("GPU-")
            return isLegal ? Entry(device: name, gpu: nil) : nil
        }
        // CUDA takes the beginning of a UUID where only one GPU has it.
        let matches =
            Int(name).map { number in devices.filter { $0.index == number } }
            ?? (name.hasPrefix("GPU-") ? devices.filter { $0.uuid.hasPrefix(name) } : [])
        return matches.count == 1 ? Entry(device: matches[0].uuid, gpu: matches[0]) : nil
    }
}
