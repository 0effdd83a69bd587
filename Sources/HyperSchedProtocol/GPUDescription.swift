/// The GPU behind a slot, for people to look at.
public struct GPUDescription: Hashable, Sendable, Codable {
    /// nvidia-smi's number; nil: not known.
    public var index: Int?
    /// The model: "NVIDIA H100 80GB HBM3".
    public var name: String?
    /// MiB; nil where nvidia-smi does not say.
    public var memory: Int?
    /// Which one of the slots that share the GPU it is: 0, 1, …; nil: the slot has it for itself.
    public var part: Int?

    public init(index: Int? = nil, name: String? = nil, memory: Int? = nil, part: Int? = nil) {
        self.index = index
        self.name = name
        self.memory = memory
        self.part = part
    }
}

extension Slot {
    /// `gpu1`; `gpu1.0` where several slots share it; `cpu3`.
    public var label: String {
        let number = gpu?.index ?? index
        return "\(kind.rawValue)\(number)" + (gpu?.part.map { ".\($0)" } ?? "")
    }
}
