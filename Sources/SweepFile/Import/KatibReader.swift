import HyperSchedProtocol
import Yams

/// An `Experiment` of Katib (kubeflow.org/v1beta1). Numbers in it are texts, as everywhere in Kubernetes; `goal` is a
/// target and `type` the direction; bounds of logarithmic distributions are values.
struct KatibReader {
    let top: Section

    func draft() -> SweepDraft {
        var draft = SweepDraft()
        top.check(known: ["apiVersion", "kind", "metadata", "spec", "status"])
        top.ignore(["status"], "what was found so far stays in Katib")
        if let version = top.text("apiVersion"), !version.hasPrefix("kubeflow.org/") {
            top.error("apiVersion", "'\(version)' is not Katib's", fix: "write kubeflow.org/v1beta1")
        }
        readName(into: &draft)
        guard let spec = top.section("spec") else {
            top.error("spec", "missing", fix: "give the whole Experiment")
            return draft
        }
        spec.check(
            known: [
                "objective", "algorithm", "earlyStopping", "parallelTrialCount", "maxTrialCount",
                "maxFailedTrialCount", "parameters", "trialTemplate", "metricsCollectorSpec", "resumePolicy",
            ], later: ["nasConfig": "architecture search has no counterpart; make the choices parameters"])
        spec.ignore(["parallelTrialCount"], "as many trials run at a time as there are slots")
        spec.ignore(["maxFailedTrialCount"], "failed trials do not end a sweep; see hypersched.retry")
        spec.ignore(["resumePolicy"], "use 'sweep extend'")
        readObjective(spec, into: &draft)
        draft.runCap = count(spec, "maxTrialCount")
        draft.parameters = spec.sections("parameters").compactMap { KatibParameter(section: $0).pair() }
        if draft.parameters.isEmpty { spec.error("parameters", "missing: the search space", fix: "list at least one") }
        KatibAlgorithm(spec: spec).read(into: &draft)
        KatibTemplate(spec: spec).read(into: &draft)
        readCollector(spec)
        return draft
    }

    private func readName(into draft: inout SweepDraft) {
        guard let metadata = top.section("metadata") else { return }
        draft.name = metadata.text("name") ?? metadata.text("generateName")
        metadata.ignoreOthers(than: ["name", "generateName"], "there is no such thing here")
    }

    private func readObjective(_ spec: Section, into draft: inout SweepDraft) {
        guard let objective = spec.section("objective") else {
            spec.error("objective", "missing: what the search is for", fix: "write type and objectiveMetricName")
            return
        }
        objective.check(
            known: ["type", "goal", "objectiveMetricName", "additionalMetricNames", "metricStrategies"])
        guard let name = objective.text("objectiveMetricName") else {
            objective.error("objectiveMetricName", "missing", fix: "name the metric that decides")
            return
        }
        draft.metric.append(("name", .text(name)))
        if let goal = objective.choice("type", as: Metric.Goal.self) {
            draft.metric.append(("goal", .text(goal.rawValue)))
        } else if !objective.has("type") {
            objective.error("type", "missing", fix: "write minimize or maximize")
        }
        if let target = objective.number("goal") { draft.metric.append(("target", .real(target))) }
        objective.ignore(["additionalMetricNames"], "all reported metrics are kept")
        objective.ignore(
            ["metricStrategies"], "a trial counts with its best value (policies look at the value at each rung)")
    }

    /// A whole number, with quotes or without.
    private func count(_ section: Section, _ key: String) -> Int? {
        section.has(key) ? section.integer(key, in: 1...1_000_000) : nil
    }

    private func readCollector(_ spec: Section) {
        guard let section = spec.section("metricsCollectorSpec") else { return }
        section.check(known: ["collector", "source"])
        let kind = section.section("collector")?.text("kind") ?? "StdOut"
        if kind != "StdOut" {
            section.warn(
                "collector",
                "kind \(kind) is not read: the program must print 'name=value' lines, or report in another way of "
                    + "docs/TRIAL_CONTRACT.md")
        }
        guard let source = section.section("source") else { return }
        if source.section("filter")?.has("metricsFormat") == true {
            source.warn(
                "filter.metricsFormat", "ignored: lines 'name=value' are read; a program that prints others must change"
            )
        }
        source.ignore(["fileSystemPath", "httpGet"], "reports are read from standard output")
    }
}
