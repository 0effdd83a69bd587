import CProcess
import Glibc
import HyperSchedProtocol
import TrialEndpoint

/// How a trial's program is to be started: its command line and environment, as docs/TRIAL_CONTRACT.md has them.
struct TrialLaunch: Sendable {
    var assignment: Assignment
    var folder: AttemptFolder
    var parametersFile: String
    /// Seconds to the deadline now.
    var timeLeftSeconds: Double
    /// All slots of the agent.
    var slots: [Slot]
    /// The agent's environment.
    var environment: [String: String]
    var workingFolder: String
    /// The directory of the agent's own program.
    var programFolder: String
    /// The wall clock, seconds since 1970.
    var nowUnix = 0.0
    /// Where the trial can report to; nil: only to its standard output.
    var endpoint: Endpoint?

    /// The agent's endpoint on loopback.
    struct Endpoint: Sendable {
        var port: Int
        var token: TrialToken
    }

    /// - Throws: ``TrialLaunchError``
    func processLaunch() throws -> ProcessLaunch {
        let environment = try trialEnvironment()
        var arguments: [String]
        switch assignment.program {
        case .workload(let name):
            let beside = programFolder + "/hypersched-trial"
            arguments = [access(beside, X_OK) == 0 ? beside : "hypersched-trial", name]
        case .command(let command):
            arguments = try CommandTemplate(
                configuration: assignment.configuration, parametersFile: parametersFile,
                environment: self.environment.merging(gangEnvironment) { $1 }
            ).expand(command)
        }
        let program = try find(arguments[0], in: environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin")
        return ProcessLaunch(
            program: program, arguments: arguments, environment: environment.map { "\($0)=\($1)" }.sorted(),
            folder: workingFolder, graceSeconds: assignment.graceSeconds)
    }

    private func find(_ name: String, in path: String) throws(TrialLaunchError) -> String {
        if name.contains("/") { return name }
        for folder in path.split(separator: ":", omittingEmptySubsequences: false) {
            let candidate = folder.isEmpty ? name : "\(folder)/\(name)"
            var status = stat()
            if stat(candidate, &status) == 0, status.st_mode & S_IFMT == S_IFREG, access(candidate, X_OK) == 0 {
                return candidate
            }
        }
        throw .programNotFound(name, path: path)
    }

    func trialEnvironment() throws(TrialLaunchError) -> [String: String] {
        var result = environment.filter { !Self.isOurs($0.key) }
        result["HYPERSCHED_SWEEP_ID"] = "\(assignment.sweep)"
        result["HYPERSCHED_TRIAL_ID"] = "\(assignment.attempt.trial)"
        result["HYPERSCHED_ATTEMPT"] = "\(assignment.attempt.number)"
        result["HYPERSCHED_SEED"] = "\(assignment.seed)"
        result["HYPERSCHED_PARAMS_FILE"] = parametersFile
        for entry in assignment.configuration.entries {
            result["HYPERSCHED_PARAM_" + Self.variableName(entry.name)] = entry.value.text
        }
        result["HYPERSCHED_CHECKPOINT_DIR"] = folder.checkpoints
        if let resume = assignment.resumeFrom {
            result["HYPERSCHED_RESUME_FROM"] = folder.resume
            // Written by a trial with another configuration: what a program would refuse otherwise, it may take here.
            if resume.attempt.trial != assignment.attempt.trial {
                result["HYPERSCHED_PARENT_TRIAL"] = "\(resume.attempt.trial)"
            }
        }
        if let seconds = assignment.maxTrainingSeconds {
            result["HYPERSCHED_MAX_TRAINING_S"] = "\(seconds)"
        } else {
            result["HYPERSCHED_MAX_STEPS"] = "\(assignment.maxSteps)"
        }
        result["HYPERSCHED_TIME_LEFT_S"] = "\(max(0, timeLeftSeconds))"
        result["HYPERSCHED_DEADLINE_UNIX"] = "\(Int64((nowUnix + max(0, timeLeftSeconds)).rounded()))"
        // Of a gang only the leader's reports count.
        if let endpoint, assignment.gang?.isLeader ?? true {
            result["HYPERSCHED_REPORT_URL"] =
                "http://127.0.0.1:\(endpoint.port)/trials/\(assignment.attempt)/reports"
            result["HYPERSCHED_TOKEN"] = endpoint.token.text
            addTracking(endpoint, to: &result)
        }
        result["HYPERSCHED_SLOTS"] = "\(assignment.slots.count)"
        result.merge(gangEnvironment) { $1 }
        try addDevices(to: &result)
        return result
    }

    /// MLflow's clients log to the agent, unless the agent was started with an address for them. A proxy is for
    /// other machines.
    private func addTracking(_ endpoint: Endpoint, to result: inout [String: String]) {
        if environment["MLFLOW_TRACKING_URI"] == nil {
            result["MLFLOW_TRACKING_URI"] =
                "http://127.0.0.1:\(endpoint.port)/trials/\(assignment.attempt)/mlflow/\(endpoint.token.text)"
            // The address has the token in it, and output is for many to read.
            result["MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"] = "true"
        }
        let proxies = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"]
        guard proxies.contains(where: { environment[$0] != nil }) else { return }
        let direct = environment["no_proxy"] ?? environment["NO_PROXY"] ?? ""
        guard direct != "*" else { return }
        for name in ["no_proxy", "NO_PROXY"] {
            result[name] = direct.isEmpty ? "127.0.0.1" : "\(direct),127.0.0.1"
        }
    }

    /// What the agent itself was given, its token above all, and what is said anew for each trial.
    private static func isOurs(_ name: String) -> Bool {
        let names: Set = [
            "TOKEN", "DAEMON", "SWEEP_ID", "TRIAL_ID", "ATTEMPT", "SEED", "PARAMS_FILE", "CHECKPOINT_DIR",
            "RESUME_FROM", "PARENT_TRIAL", "MAX_STEPS", "MAX_TRAINING_S", "TIME_LEFT_S", "DEADLINE_UNIX",
            "SLOTS", "REPORT_URL", "NODES", "NODE_RANK",
        ]
        guard name.hasPrefix("HYPERSCHED_") else { return false }
        let rest = String(name.dropFirst("HYPERSCHED_".count))
        return names.contains(rest) || rest.hasPrefix("PARAM_")
    }

    private func addDevices(to result: inout [String: String]) throws(TrialLaunchError) {
        var held: [Slot] = []
        for index in assignment.slots {
            guard let slot = slots.first(where: { $0.index == index }) else { throw .unknownSlot(index) }
            held.append(slot)
        }
        let gpus = slots.filter { $0.kind == .gpu }.count
        guard gpus > 0 else {
            result["OMP_NUM_THREADS"] = "\(held.count)"
            return
        }
        let heldGPUs = held.filter { $0.kind == .gpu }
        // Empty for a trial on CPU slots: the GPUs belong to others.
        var devices: [String] = []
        for device in heldGPUs.compactMap(\.device) where !devices.contains(device) { devices.append(device) }
        result["CUDA_VISIBLE_DEVICES"] = devices.joined(separator: ",")
        // CUDA numbers the fastest GPU first, unless it is told to count as nvidia-smi does.
        if heldGPUs.contains(where: { $0.gpu?.index.map { "\($0)" } == $0.device }) {
            result["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"
        }
        let share = heldGPUs.isEmpty ? held.count : Int(cprocess_usable_cpus()) * heldGPUs.count / gpus
        result["OMP_NUM_THREADS"] = "\(max(1, share))"
    }

    /// Upper case; everything but ASCII letters and digits becomes `_`.
    static func variableName(_ name: String) -> String {
        let bytes = name.utf8.map { byte -> UInt8 in
            switch byte {
            case 0x61...0x7A: byte - 0x20
            case 0x41...0x5A, 0x30...0x39: byte
            default: 0x5F
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Why a trial can not be started on this agent.
enum TrialLaunchError: Error, Hashable, CustomStringConvertible {
    case programNotFound(String, path: String)
    case unknownSlot(Int)

    var description: String {
        switch self {
        case .programNotFound(let name, let path): "program '\(name)' was not found in PATH (\(path))"
        case .unknownSlot(let index): "the agent has no slot \(index)"
        }
    }
}
