/// Looks at the GPUs of this machine. Every call asks anew and ends within a bounded time, also where the driver hangs.
public protocol GPUInspector: Sendable {
    /// All GPUs, by index. Empty where the driver works and there is none.
    func devices() async throws(GPUFailure) -> [GPUDevice]

    /// Memory and compute processes of the devices with these UUIDs, in the same order. A device that nvidia-smi does
    /// not list (any more) is left out.
    func usage(of uuids: [String]) async throws(GPUFailure) -> [GPUUsage]
}

/// What is on one GPU now.
public struct GPUUsage: Hashable, Sendable {
    public var uuid: String
    /// MiB in use by anything, the desktop and the driver's own part included; nil where nvidia-smi does not say.
    public var used: Int?
    /// MiB
    public var total: Int?
    /// Compute processes, by id. A desktop's processes are not among them. Inside a container that has process ids of
    /// its own nvidia-smi shows none.
    public var processes: [GPUProcess]

    public init(uuid: String, used: Int? = nil, total: Int? = nil, processes: [GPUProcess] = []) {
        self.uuid = uuid
        self.used = used
        self.total = total
        self.processes = processes
    }
}

/// A process that computes on a GPU.
public struct GPUProcess: Hashable, Sendable {
    public var pid: Int32
    /// MiB; nil where nvidia-smi does not say.
    public var used: Int?
    public var name: String

    public init(pid: Int32, used: Int? = nil, name: String = "") {
        self.pid = pid
        self.used = used
        self.name = name
    }
}
