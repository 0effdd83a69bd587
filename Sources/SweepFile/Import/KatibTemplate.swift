import HyperSchedProtocol
import Yams

/// Katib's `trialTemplate`: the command of the container that is the trial. Images, volumes and pods have no
/// counterpart; that the rest of the container is left out is said.
struct KatibTemplate {
    let spec: Section

    func read(into draft: inout SweepDraft) {
        guard let template = spec.section("trialTemplate") else {
            spec.error("trialTemplate", "missing: what a trial runs", fix: "give trialSpec with the command")
            return
        }
        template.check(
            known: [
                "trialParameters", "trialSpec", "primaryContainerName", "primaryPodLabels", "successCondition",
                "failureCondition", "retain",
            ], later: ["configMap": "put the trialSpec into the experiment"])
        template.ignore(["primaryPodLabels", "retain"], "there are no pods")
        template.ignore(["successCondition", "failureCondition"], "exit status 0 is success")
        guard let trial = template.section("trialSpec"), let container = container(trial, template) else {
            if !template.has("trialSpec") {
                template.error("trialSpec", "missing: what a trial runs", fix: "give the Job with its command")
            }
            return
        }
        container.ignoreOthers(
            than: ["name", "command", "args", "env", "resources"],
            "the command runs on the agent's machine, with what is installed there")
        let references = references(template, parameters: Set(draft.parameters.map(\.0)))
        var words = (container.words("command") + container.words("args")).map {
            replaced($0, references, container)
        }
        if !container.has("command") {
            container.error(
                "command", "missing: what the image starts by itself is not known",
                fix: "write the command into the file")
        }
        let variables = variables(container).map { replaced($0, references, container) }
        if !variables.isEmpty { words = ["${env}"] + variables + words }
        draft.command = words
        draft.slots = slots(container)
    }

    // MARK: Where the container is

    private func container(_ trial: Section, _ template: Section) -> Section? {
        guard let spec = trial.section("spec"), let pod = podSpec(spec, trial.text("kind") ?? "Job") else { return nil }
        pod.ignoreOthers(than: ["containers"], "there are no pods")
        let containers = pod.sections("containers")
        if let name = template.text("primaryContainerName"), containers.count > 1 {
            if let named = containers.first(where: { $0.text("name") == name }) { return named }
        } else if containers.count == 1 {
            return containers[0]
        }
        pod.error("containers", "which of \(containers.count) is the trial?", fix: "name it in primaryContainerName")
        return nil
    }

    /// Of a Job, or of the one pod of a PyTorchJob, TFJob and the like.
    private func podSpec(_ spec: Section, _ kind: String) -> Section? {
        if let template = spec.section("template") {
            spec.ignoreOthers(than: ["template"], "there are no jobs of Kubernetes")
            return template.section("spec")
        }
        let roles = spec.keys.first { $0.hasSuffix("ReplicaSpecs") }.flatMap { spec.section($0) }
        let replicas = roles.map { roles in roles.keys.compactMap { roles.section($0) } } ?? []
        let count = replicas.reduce(0) { $0 + ($1.integer("replicas", in: 0...10_000) ?? 1) }
        guard count == 1, let only = replicas.first(where: { ($0.integer("replicas", in: 0...10_000) ?? 1) == 1 })
        else {
            spec.error(
                "", "\(kind) with \(count) pods for a trial: a trial is one command here",
                fix: "write a Job whose command starts all processes (torchrun), with hypersched.slots for them")
            return nil
        }
        return only.section("template")?.section("spec")
    }

    // MARK: What it runs

    /// Name in the template → name of the parameter.
    private func references(_ template: Section, parameters: Set<String>) -> [String: String] {
        var result: [String: String] = [:]
        for entry in template.sections("trialParameters") {
            entry.check(known: ["name", "description", "reference"])
            guard let name = entry.text("name"), let reference = entry.text("reference") else {
                entry.error("", "a trial parameter has name and reference", fix: "write both")
                continue
            }
            guard parameters.contains(reference) else {
                entry.error(
                    "reference", "'\(reference)' is no parameter of the experiment",
                    fix: reference.hasPrefix("${trialSpec")
                        ? "take it out: HYPERSCHED_TRIAL_ID tells a program which trial it is"
                        : "name one of the parameters")
                continue
            }
            result[name] = reference
        }
        return result
    }

    private func replaced(_ word: String, _ references: [String: String], _ container: Section) -> String {
        let mark = "${trialParameters."
        var result = ""
        var rest = word[...]
        while let start = rest.firstRange(of: mark) {
            result += rest[..<start.lowerBound]
            rest = rest[start.upperBound...]
            guard let end = rest.firstIndex(of: "}"), let name = references[String(rest[..<end])] else {
                container.error(
                    "command", "\(mark)\(rest.prefix { $0 != "}" })} is not among trialParameters", fix: "add it there")
                return word
            }
            result += "${param:\(name)}"
            rest = rest[rest.index(after: end)...]
        }
        if word.contains("$(") {
            container.warn("command", "'\(word)': $(…) is put in by Kubernetes only, here it stays as it is")
        }
        return result + rest
    }

    /// `NAME=value` for each variable that is said in the file.
    private func variables(_ container: Section) -> [String] {
        container.sections("env").compactMap { entry in
            guard let name = entry.text("name") else { return nil }
            guard let value = entry.text("value") else {
                entry.warn("", "ignored: the value of \(name) is not in the file; set it in the agent's environment")
                return nil
            }
            return "\(name)=\(value)"
        }
    }

    private func slots(_ container: Section) -> YamlTree? {
        guard let resources = container.section("resources") else { return nil }
        var gpus: Int?
        for part in ["limits", "requests"] {
            guard let section = resources.section(part) else { continue }
            if section.has("nvidia.com/gpu") { gpus = gpus ?? section.integer("nvidia.com/gpu", in: 1...1024) }
            section.ignoreOthers(than: ["nvidia.com/gpu"], "a trial is limited by its slots")
        }
        return gpus.map { .pairs([("kind", .text("gpu")), ("min", .int($0)), ("max", .int($0))]) }
    }
}
