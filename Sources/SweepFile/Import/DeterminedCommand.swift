import HyperSchedProtocol
import Yams

/// Determined's `entrypoint` and `environment`.
struct DeterminedCommand {
    let top: Section

    func read(into draft: inout SweepDraft) {
        let variables = variables()
        guard let words = words() else { return }
        draft.command = (variables.isEmpty ? [] : ["${env}"] + variables) + words
        top.warn(
            "entrypoint",
            "the program must take its hyperparameters from HYPERSCHED_PARAMS_FILE (or from ${args}, added to the "
                + "command) and report in a way of docs/TRIAL_CONTRACT.md: determined.get_cluster_info() and "
                + "determined.core are not there")
    }

    private func words() -> [String]? {
        guard let node = top.value("entrypoint") else {
            top.error("entrypoint", "missing: what a trial runs", fix: "write 'entrypoint: python3 train.py'")
            return nil
        }
        if node.sequence != nil { return top.words("entrypoint") }
        guard let text = top.text("entrypoint") else { return nil }
        let parts = text.split(separator: " ")
        if parts.count == 1, text.contains(":"), !text.contains("/") {
            top.error(
                "entrypoint", "'\(text)' is a class that Determined's harness runs",
                fix: "write a program with a training loop, and its command")
            return nil
        }
        if text.contains("determined.launch") {
            top.warn("entrypoint", "determined.launch is part of Determined: put torchrun or the program in its place")
        }
        // Determined hands the text to a shell. `exec`: so that signals reach the program itself.
        let isPlain = !text.contains { ";&|<>()`\n".contains($0) }
        return ["/bin/sh", "-c", isPlain ? "exec \(text)" : text]
    }

    private func variables() -> [String] {
        guard let section = top.section("environment") else { return [] }
        section.ignoreOthers(
            than: ["environment_variables"], "the command runs on the agent's machine, with what is installed there")
        guard let node = section.value("environment_variables") else { return [] }
        if node.sequence != nil { return section.words("environment_variables").filter { $0.contains("=") } }
        section.warn("environment_variables", "ignored: set those of CPU and GPU in the agents' environments")
        return []
    }
}
