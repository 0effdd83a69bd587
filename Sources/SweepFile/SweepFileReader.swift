public import HyperSchedProtocol
import Scheduler
import Yams

/// Reads sweep files: W&B's sweep keys and the block `hypersched:`. See docs/SWEEP_FILE.md.
public enum SweepFileReader {
    /// Checks a sweep file, YAML or JSON, and fills in every default.
    /// - Parameters:
    ///   - now: the deadline must lie after it, and `in: 6h` counts from it.
    ///   - defaultSeed: used when the file gives none.
    /// - Returns: the sweep, or all mistakes of the file at once.
    public static func read(_ text: String, now: Timestamp, defaultSeed: UInt64) -> Result<ParsedSweep, SweepFileError>
    {
        let findings = Findings()
        guard let root = YamlDocument.read(text, findings), let top = Section(root, path: "", findings) else {
            return .failure(SweepFileError(errors: findings.errors))
        }
        let spec = SweepReading(top: top, now: now, defaultSeed: defaultSeed).spec()
        guard let spec, findings.errors.isEmpty else {
            assert(!findings.errors.isEmpty, "a file that is refused must have a mistake")
            return .failure(SweepFileError(errors: findings.errors))
        }
        return .success(ParsedSweep(spec: spec, warnings: findings.warnings))
    }
}

/// One reading of one file.
struct SweepReading {
    let top: Section
    let now: Timestamp
    let defaultSeed: UInt64

    private static let knownKeys = [
        "name", "workload", "command", "program", "method", "metric", "parameters", "hypersched", "early_terminate",
        "run_cap", "description", "project", "entity", "controller", "scheduler", "job", "image_uri", "apiVersion",
        "kind",
    ]
    private static let keysWithoutEffect = ["project", "entity", "controller", "scheduler", "job", "image_uri"]
    private static let laterKeys = [
        "metrics": "several objectives at once can not be searched for; use 'metric:' with the one that decides"
    ]
    static let laterMethods = ["custom": "use 'external': then another program proposes configurations"]

    /// nil when something was noted as an error; every part is read all the same, so that all mistakes are found.
    func spec() -> SweepSpec? {
        top.check(known: Self.knownKeys, later: Self.laterKeys)
        for key in Self.keysWithoutEffect where top.has(key) { top.warn(key, "has no effect here") }
        let program = ProgramReader(top: top).program()
        let method = method()
        let workload = ProgramReader.workload(program)
        let metric = MetricReader(top: top, workload: workload).metric()
        let parameters = SpaceReader(top: top, workload: workload, method: method).parameters()
        let schedule = ScheduleReader(top: top, now: now, defaultSeed: defaultSeed).schedule()
        let name = name(program)
        guard let program, let method, let metric, let parameters, let schedule, let name else { return nil }
        let spec = SweepSpec(
            name: name, program: program, method: method, metric: metric, parameters: parameters,
            deadline: schedule.deadline, policy: schedule.policy, steps: schedule.steps, slots: schedule.slots,
            limits: schedule.limits, retry: schedule.retry, checkpoint: schedule.checkpoint, onNaN: schedule.onNaN,
            priority: schedule.priority, seed: schedule.seed,
            external: ExternalReader(top: top, method: method).options(), weight: schedule.weight,
            budget: schedule.budget, reportPatterns: schedule.reportPatterns)
        if schedule.steps.isTimed, case .workload(let name) = program {
            top.findings.error(
                "hypersched.steps.unit", at: top.node,
                "the workload \(name) plans its learning rates by the number of epochs: its steps can not be time",
                fix: "write 'unit: epoch', and limit time by 'limits.trial_wall'")
            return nil
        }
        if schedule.slots.isGang, case .workload(let name) = program {
            top.findings.error(
                "hypersched.slots.agents", at: top.node, "the workload \(name) runs on one agent",
                fix: "leave 'agents' out, or give a 'command' that trains on several machines")
            return nil
        }
        if method == .grid, SearchSpace(spec.parameters, skipsImpossible: false).size == nil {
            top.error("parameters", "the grid has more points than can be counted", fix: "shorten the ranges")
        }
        return spec
    }

    private func method() -> SearchMethod? {
        guard top.has("method") else {
            top.error(
                "method", "missing: how configurations are chosen",
                fix: "write 'method: random', or one of grid, sobol, tpe, external")
            return nil
        }
        if let word = top.value("method").flatMap(ScalarText.init), word.text == "bayes" {
            top.warn("method", "bayes is read as tpe: a Parzen estimator, where W&B has a Gaussian process")
            return .tpe
        }
        return top.choice("method", as: SearchMethod.self, later: Self.laterMethods)
    }

    private func name(_ program: TrialProgram?) -> String? {
        guard let text = top.text("name") else { return Self.defaultName(program) }
        guard !text.isEmpty, text.count <= 128, !text.unicodeScalars.contains(where: \.isControl) else {
            top.error("name", "expected 1 to 128 characters, all on one line", fix: "write a shorter name")
            return nil
        }
        return text
    }

    private static func defaultName(_ program: TrialProgram?) -> String {
        switch program {
        case .workload(let name): return name
        case .command(let arguments):
            // The first argument that is neither a macro nor an option: the script, most often.
            let named = arguments.first { $0.hasSuffix(".py") } ?? arguments.first { !$0.hasPrefix("$") }
            return String((named ?? "sweep").split(separator: "/").last?.prefix(128) ?? "sweep")
        case nil: return "sweep"
        }
    }
}

extension Unicode.Scalar {
    /// C0 and C1 control characters, line ends among them.
    var isControl: Bool { value < 0x20 || (0x7F...0x9F).contains(value) }
}
