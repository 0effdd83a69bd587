import ArgumentParser
import Foundation
import HyperSchedProtocol
import Logging
import SweepFile
import WorkerAgent

struct AgentRun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Offer this machine's slots to the daemon and run trials on them.",
        discussion: """
            Ends on SIGTERM or Ctrl-C: once lets the trials write their checkpoints, twice kills them. Started again \
            with the same work directory it takes up what it left.

            With --lifetime or --until it is gone by then: what can not write a checkpoint in time is not started on \
            it, and its trials move elsewhere, with a checkpoint, before the end. In a Slurm job, for example:
              hypersched agent --until "$(date -d @$SLURM_JOB_END_TIME --iso-8601=seconds)"
            """)

    @OptionGroup var daemon: DaemonOptions
    @Option(
        help: ArgumentHelp("Configuration file (YAML); the flags here go before it.", valueName: "file"),
        completion: .file())
    var config: String?
    @Option(help: "The agent's name, unique among all (default: the host name).") var name: String?
    @Option(help: ArgumentHelp("CPU slots (default: one per CPU, none where there are GPUs).", valueName: "count"))
    var cpuSlots: Int?
    @Option(help: ArgumentHelp("The same as --cpu-slots.", valueName: "count")) var slots: Int?
    @Option(help: ArgumentHelp("Use the first so many GPUs (default: all that are visible).", valueName: "count"))
    var gpuSlots: Int?
    @Option(
        help: ArgumentHelp("Slots on each GPU (default: 1). They share its memory: see OPERATING.", valueName: "count"))
    var trialsPerGpu: Int?
    @Option(help: ArgumentHelp("CUDA_VISIBLE_DEVICES of a trial: uuid (default) or index.", valueName: "naming"))
    var gpuIds: String?
    @Option(help: ArgumentHelp("The program that lists GPUs (default: nvidia-smi).", valueName: "program"))
    var nvidiaSmi: String?
    @Option(help: ArgumentHelp("A label that sweeps can ask for; may be repeated.", valueName: "key=value"))
    var label: [String] = []
    @Option(help: ArgumentHelp("The agent's own directory.", valueName: "directory"), completion: .directory)
    var workDir: String?
    @Option(
        help: ArgumentHelp("Where trial programs start (default: here).", valueName: "directory"),
        completion: .directory)
    var trialDir: String?
    @Option(help: ArgumentHelp("How long the agent may stay: 90m, 12h.", valueName: "duration"))
    var lifetime: String?
    @Option(
        help: ArgumentHelp(
            "When the agent must be gone, an instant with a zone: 2026-12-01T08:00:00Z.", valueName: "instant"))
    var until: String?
    @Option(
        help: ArgumentHelp(
            "Where other agents reach this machine, for trials over several (default: as the daemon sees it).",
            valueName: "host"))
    var address: String?
    @Option(help: "trace, debug, info (default), notice, warning or error.") var logLevel: String?

    func validate() throws {
        guard slots == nil || cpuSlots == nil else {
            throw ValidationError("--slots and --cpu-slots are the same: give one")
        }
        for count in [slots, cpuSlots, gpuSlots].compactMap(\.self) where !(0...4096).contains(count) {
            throw ValidationError("\(count) slots: expected 0 to 4096")
        }
        if let trialsPerGpu, !(1...64).contains(trialsPerGpu) {
            throw ValidationError("--trials-per-gpu \(trialsPerGpu): expected 1 to 64")
        }
        if let gpuIds, AgentOptions.GPUNaming(rawValue: gpuIds) == nil {
            throw ValidationError("--gpu-ids \(gpuIds): expected uuid or index")
        }
        _ = try labels()
        if lifetime != nil, until != nil {
            throw ValidationError("--lifetime and --until say the same in two ways: give one")
        }
        if let lifetime, AgentEnd(lifetime: lifetime) == nil {
            throw ValidationError("--lifetime \(lifetime): expected \(AgentEnd.lifetimeExpectation)")
        }
        if let until, AgentEnd(until: until) == nil {
            throw ValidationError("--until \(until): expected \(AgentEnd.untilExpectation)")
        }
        if let logLevel, Logger.Level(rawValue: logLevel) == nil {
            throw ValidationError("--log-level \(logLevel): unknown")
        }
    }

    func run() async throws {
        let status = try await runAgent(options())
        if status != 0 { throw CommandFailure(ExitStatus(rawValue: status)) }
    }

    /// The flags, else the configuration file, else the defaults.
    private func options() throws -> AgentOptions {
        let file = try config.map { try AgentFile(path: $0) }
        let name = name ?? file?.name ?? Self.hostName()
        let url = daemon.daemon ?? file?.daemon ?? daemon.url
        var options = AgentOptions(
            daemon: url, token: try daemon.token(for: url, file?.tokenFile), name: AgentID(name),
            workFolder: workDir ?? file?.workDir ?? Self.defaultWorkFolder(name))
        options.allowPlaintext = daemon.allowsPlaintext
        options.certificates = daemon.certificates(file?.caFile)
        options.cpuSlots = cpuSlots ?? slots ?? file?.cpuSlots
        addGPUs(file, to: &options)
        options.labels = (file?.labels ?? [:]).merging(try labels()) { $1 }
        options.address = address ?? file?.address
        options.trialFolder = trialDir ?? file?.trialDir
        let end = lifetime.flatMap(AgentEnd.init(lifetime:)) ?? until.flatMap(AgentEnd.init(until:)) ?? file?.end
        options.lifetimeSeconds = try end?.seconds(from: Self.now())
        options.logger = Logger(label: "hypersched.agent") { StreamLogHandler.standardError(label: $0) }
        options.logger.logLevel = (logLevel ?? file?.logLevel).flatMap(Logger.Level.init(rawValue:)) ?? .info
        return options
    }

    private func addGPUs(_ file: AgentFile?, to options: inout AgentOptions) {
        if let gpus = gpuSlots ?? file?.gpuSlots { options.gpuSlots = .count(gpus) }
        options.trialsPerGPU = trialsPerGpu ?? file?.trialsPerGpu ?? 1
        options.gpuNaming = (gpuIds ?? file?.gpuIds).flatMap(AgentOptions.GPUNaming.init(rawValue:)) ?? .uuid
        options.nvidiaSMI = nvidiaSmi ?? file?.nvidiaSmi ?? options.nvidiaSMI
        options.visibleDevices = ProcessInfo.processInfo.environment["CUDA_VISIBLE_DEVICES"]
    }

    private static func now() -> Timestamp {
        Timestamp(milliseconds: Int64((Date().timeIntervalSince1970 * 1000).rounded()))
    }

    private func labels() throws -> [String: String] {
        let pairs = try label.map { text in
            guard let sign = text.firstIndex(of: "="), sign != text.startIndex else {
                throw ValidationError("--label \(text): expected key=value")
            }
            return (String(text[..<sign]), String(text[text.index(after: sign)...]))
        }
        return Dictionary(pairs) { $1 }
    }

    /// The first part of the host name, in the letters that a name may have.
    private static func hostName() -> String {
        let first = ProcessInfo.processInfo.hostName.split(separator: ".").first ?? "agent"
        return String(first.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") ? $0 : "-" }.prefix(64))
    }

    private static func defaultWorkFolder(_ name: String) -> String {
        let environment = ProcessInfo.processInfo.environment
        let state = environment["XDG_STATE_HOME"] ?? (environment["HOME"] ?? "/var/tmp") + "/.local/state"
        return "\(state)/hypersched/agents/\(name)"
    }
}
