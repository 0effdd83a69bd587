import HyperSchedProtocol

/// A GPU as nvidia-smi lists it.
public struct GPUDevice: Hashable, Sendable {
    /// nvidia-smi's number, in the order of the PCI bus.
    public var index: Int
    /// `GPU-` and so on.
    public var uuid: String
    /// The model.
    public var name: String
    /// MiB; nil where nvidia-smi does not say.
    public var memory: Int?

    public init(index: Int, uuid: String, name: String, memory: Int?) {
        self.index = index
        self.uuid = uuid
        self.name = name
        self.memory = memory
    }

    var description: GPUDescription { GPUDescription(index: index, name: name, memory: memory) }
}
