import HyperSchedProtocol
import Yams

/// What a trial runs: `workload:`, `command:` or W&B's `program:`.
struct ProgramReader {
    let top: Section

    /// W&B's default command.
    private static let defaultCommand = ["${env}", "${interpreter}", "${program}", "${args}"]
    private static let macros = [
        "${env}", "${interpreter}", "${program}", "${args}", "${args_no_hyphens}", "${args_no_boolean_flags}",
        "${args_no_equals}", "${args_append_hydra}", "${args_override_hydra}", "${args_dotted}",
        "${args_dotted_no_hyphens}", "${args_json}", "${args_json_file}", "${params_file}",
    ]
    private static let largestArgument = 32 * 1024
    private static let largestCount = 1000

    static func workload(_ program: TrialProgram?) -> WorkloadDescription? {
        guard case .workload(let name) = program else { return nil }
        return WorkloadDescription.named(name)
    }

    func program() -> TrialProgram? {
        let command = top.has("command")
        let program = top.has("program")
        guard top.has("workload") else {
            guard command || program else {
                top.error(
                    "workload", "missing: what a trial runs",
                    fix:
                        "write one of 'workload: NAME', 'program: train.py', 'command: [python, train.py, \"${args}\"]'"
                )
                return nil
            }
            return self.command()
        }
        guard !command, !program else {
            top.error(
                "workload", "there is also '\(command ? "command" : "program")': a trial runs one thing",
                fix: "keep 'workload' or '\(command ? "command" : "program")'")
            return nil
        }
        return bundled()
    }

    private func bundled() -> TrialProgram? {
        guard let name = top.text("workload") else { return nil }
        if WorkloadDescription.named(name) != nil { return .workload(name) }
        let known = WorkloadDescription.all.map(\.name)
        top.error(
            "workload", "unknown workload '\(name)'; known: " + known.joined(separator: ", "),
            fix: WordDistance.nearest(to: name, among: known).map { "write '\($0)'" }
                ?? "choose a known one, or run your own program with 'command:'")
        return nil
    }

    private func command() -> TrialProgram? {
        let script = top.text("program")
        let words = top.has("command") ? listedCommand() : Self.defaultCommand
        guard let words else { return nil }
        guard script != nil || !words.contains(where: { $0.contains("${program}") }) else {
            top.error("command", "uses ${program}, but there is no 'program'", fix: "add 'program: train.py'")
            return nil
        }
        if !words.contains(where: { $0.hasPrefix("${args") || $0.contains("${param") }) {
            top.warn(
                "command",
                "has no ${args}: the program must read its parameters from HYPERSCHED_PARAMS_FILE or from "
                    + "HYPERSCHED_PARAM_<NAME>")
        }
        return .command(words.map { $0.replacing("${program}", with: script ?? "") })
    }

    private func listedCommand() -> [String]? {
        guard let items = top.value("command")?.sequence.map(Array.init), !items.isEmpty else {
            top.error(
                "command", "expected a list of words",
                fix: "write, for example, command: [\"${env}\", python, train.py, \"${args}\"]")
            return nil
        }
        let words = items.compactMap { word($0) }
        guard items.count <= Self.largestCount else {
            top.error("command", "\(items.count) words, more than \(Self.largestCount)", fix: "put them into a script")
            return nil
        }
        return words.count == items.count ? words : nil
    }

    private static func hasName(_ macro: String) -> Bool {
        macro.hasPrefix("${envvar:") || macro.hasPrefix("${param:")
    }

    /// A word as PyYAML and Python's `str` give it: `true` without quotes is `True`.
    private static func text(_ item: Node) -> String? {
        guard let scalar = ScalarText(item) else { return nil }
        return scalar.bool.map { $0 ? "True" : "False" } ?? scalar.text
    }

    private func word(_ item: Node) -> String? {
        guard let text = Self.text(item), text.utf8.count <= Self.largestArgument, !text.utf8.contains(0) else {
            top.findings.error(
                "command", at: item, "expected a word of at most \(Self.largestArgument) bytes",
                fix: "write a plain word")
            return nil
        }
        // A word that is a macro and nothing else must be a known one; `${HOME}` in a shell command is not ours.
        guard text.hasPrefix("${"), text.firstIndex(of: "}") == text.indices.last, !Self.hasName(text),
            !Self.macros.contains(text)
        else { return text }
        let nearest = WordDistance.nearest(to: text, among: Self.macros)
        top.findings.error(
            "command", at: item, "unknown macro \(text)" + (nearest.map { "; the nearest known one is \($0)" } ?? ""),
            fix: "known macros: " + (Self.macros + ["${envvar:NAME}", "${param:NAME}"]).joined(separator: ", "))
        return nil
    }
}
