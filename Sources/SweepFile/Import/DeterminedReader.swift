import HyperSchedProtocol
import Yams

/// An experiment configuration of Determined. `smaller_is_better` is true where it is not said; bounds of `log` are
/// exponents of `base`; the smaller `priority` goes first there (except on Kubernetes), the larger one here.
struct DeterminedReader {
    let top: Section

    private static let known = [
        "name", "description", "entrypoint", "searcher", "hyperparameters", "resources", "max_restarts",
        "reproducibility", "environment",
    ]
    /// Without counterpart, and why that does no harm or what to do.
    private static let ignored = [
        "bind_mounts": "the command sees the agent's own files",
        "checkpoint_policy": "the best and the latest checkpoint of a trial are kept",
        "checkpoint_storage": "see hypersched.checkpoint", "data": "pass it as parameters with a value each",
        "data_layer": "there is no such thing here", "debug": "there is no such thing here",
        "integrations": "there is no such thing here", "labels": "there is no such thing here",
        "log_policies": "see hypersched.retry", "max_concurrent": "as many trials run at a time as there are slots",
        "min_checkpoint_period": "the program decides when it writes checkpoints",
        "min_validation_period": "the program decides when it reports",
        "optimizations": "they are settings of Determined's harness",
        "perform_initial_validation": "the program decides",
        "pbs": "there is no such thing here", "preemption_timeout": "see hypersched.checkpoint.grace",
        "profiling": "there is no such thing here", "project": "there is no such thing here",
        "records_per_epoch": "a setting of Determined's harness", "retention_policy": "there is no such thing here",
        "scheduling_unit": "a setting of Determined's harness", "security": "there is no such thing here",
        "slurm": "agents are started in a Slurm job, see docs/OPERATING.md",
        "tensorboard_storage": "there is no such thing here",
        "workspace": "there is no such thing here",
    ]

    func draft() -> SweepDraft {
        var draft = SweepDraft()
        top.check(known: Self.known + Self.ignored.keys.sorted())
        for key in top.keys { if let why = Self.ignored[key] { top.warn(key, "ignored: \(why)") } }
        draft.name = top.text("name")
        draft.description = top.text("description")
        DeterminedCommand(top: top).read(into: &draft)
        guard let searcher = top.section("searcher") else {
            top.error("searcher", "missing: what the search is for", fix: "give the whole experiment configuration")
            return draft
        }
        DeterminedSearcher(section: searcher).read(into: &draft)
        guard let space = top.section("hyperparameters"), !space.keys.isEmpty else {
            top.error("hyperparameters", "missing: the search space", fix: "list at least one")
            return draft
        }
        draft.parameters = DeterminedSpace(isGrid: draft.method == "grid").pairs(space)
        readResources(into: &draft)
        draft.retryMax = top.has("max_restarts") ? top.integer("max_restarts", in: 0...100) : 5
        if let section = top.section("reproducibility") {
            section.check(known: ["experiment_seed"])
            draft.seed = section.text("experiment_seed").flatMap { UInt64($0) }.map { "\($0)" }
        }
        return draft
    }

    private func readResources(into draft: inout SweepDraft) {
        let section = top.section("resources")
        section?.check(
            known: [
                "slots_per_trial", "max_slots", "weight", "priority", "resource_pool", "shm_size", "devices",
                "native_parallel", "is_single_node", "resource_manager", "agent_label",
            ])
        let slots =
            section.flatMap { $0.has("slots_per_trial") ? $0.integer("slots_per_trial", in: 0...4096) : nil } ?? 1
        draft.slots = .pairs(
            slots == 0
                ? [("kind", .text("cpu"))] : [("kind", .text("gpu")), ("min", .int(slots)), ("max", .int(slots))])
        if slots > 0 {
            top.warn("resources.slots_per_trial", "\(slots) GPU slots; for agents with CPU slots write kind: cpu")
        }
        guard let section else { return }
        draft.weight = section.number("weight", expected: "a number from 0 to 1000") { (0...1000).contains($0) }
        section.ignore(
            ["priority"],
            "in Determined the smaller number goes first (on Kubernetes the larger one), here always the larger one; "
                + "write hypersched.priority if it is needed")
        section.ignore(["max_slots"], "weight and budget limit a sweep")
        section.ignore(["resource_pool", "agent_label", "resource_manager"], "use hypersched.slots.labels")
        section.ignore(["shm_size", "devices", "native_parallel", "is_single_node"], "there are no containers")
    }
}
