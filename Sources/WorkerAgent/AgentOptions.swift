public import HyperSchedProtocol
public import Logging

/// How an agent is to run.
public struct AgentOptions: Sendable {
    public enum GPUSlots: Hashable, Sendable {
        /// One for each GPU that nvidia-smi shows; none without nvidia-smi.
        case automatic
        /// The first so many GPUs.
        case count(Int)
    }

    /// How a trial is told its GPUs in CUDA_VISIBLE_DEVICES.
    public enum GPUNaming: String, Hashable, Sendable, CaseIterable { case uuid, index }

    /// `http://host:port`
    public var daemon: String
    /// An `agent-join` token, where the daemon asks for one. With it the agent gets a credential of its own.
    public var token: String?
    /// The credential may cross the network as plain text.
    public var allowPlaintext = false
    /// A PEM file of the authorities that may vouch for the daemon; nil: the system's.
    public var certificates: String?
    /// Unique among the agents of a daemon.
    public var name: AgentID
    /// nil: one per usable CPU, or none where there are GPU slots.
    public var cpuSlots: Int?
    public var gpuSlots: GPUSlots = .automatic
    /// Slots on each GPU. They share its memory: nobody keeps one trial from taking all of it.
    public var trialsPerGPU = 1
    public var gpuNaming: GPUNaming = .uuid
    /// The agent's own CUDA_VISIBLE_DEVICES: only these GPUs are used. nil: it is not set.
    public var visibleDevices: String?
    /// Under which other agents reach programs on this machine, for trials over several agents; nil: the address from
    /// which the daemon sees the agent come.
    public var address: String?
    /// What sweeps can ask for.
    public var labels: [String: String] = [:]
    /// The agent's own directory; created where it does not exist.
    public var workFolder: String
    /// Where trial programs start; nil: where the agent was started.
    public var trialFolder: String?
    /// Seconds after which the agent is gone, with everything that it runs: the rest of its Slurm job, say. nil: it
    /// stays until it is told to end.
    public var lifetimeSeconds: Double?
    /// The program that lists GPUs.
    public var nvidiaSMI = "nvidia-smi"
    /// Seconds that it may take.
    public var nvidiaSMISeconds = 30.0
    /// Starts the keeper when the attempt's directory is appended.
    public var keeperCommand = ["/proc/self/exe", "internal-keeper"]
    /// Seconds that an agent that was told to end waits for the daemon, beyond the trials' grace.
    public var drainSeconds = 60.0
    /// Seconds between two looks at a trial's output.
    public var pollSeconds = 0.05
    /// What the agent has to say.
    public var logger = Logger(label: "hypersched.agent")

    public init(daemon: String, token: String? = nil, name: AgentID, workFolder: String) {
        self.daemon = daemon
        self.token = token
        self.name = name
        self.workFolder = workFolder
    }
}
