import HyperSchedProtocol
import Scheduler

/// An explanation for people.
struct ExplanationText {
    private let explanation: SweepExplanation
    private var spec: SweepSpec { explanation.spec }

    init(_ explanation: SweepExplanation) { self.explanation = explanation }

    func lines() -> [String] {
        var lines = [
            "sweep      \(spec.name)", "runs       \(program)",
            "metric     \(spec.metric.goal.rawValue) \(spec.metric.name)"
                + (spec.metric.target.map { ", done at \($0)" } ?? ""),
            "deadline   \(spec.deadline.rfc3339), \(duration(explanation.timeLeftSeconds)) from now",
            "policy     \(policy)", "rungs      \(rungs)",
            "space      \(SpaceText(spec, size: explanation.gridSize).line)",
        ]
        lines += SpaceText(spec, size: explanation.gridSize).conditions
        lines += [
            "trials     at most \(explanation.trialLimit)", "slots      \(slots)",
        ]
        if let sharing { lines.append("shares     \(sharing)") }
        if let budget = spec.budget {
            lines.append("budget     \(budget.slotHours) slot-hours, then the sweep ends with what it has")
        }
        lines.append("seed       \(spec.seed)")
        lines.append(SpaceText.firstConfigurations(spec))
        lines += explanation.firstConfigurations.enumerated().map { index, configuration in
            "  \(index + 1). " + configuration.entries.map { "\($0.name)=\($0.value.text)" }.joined(separator: " ")
        }
        lines += explanation.obstacles.map { "can not work: \($0)" }
        lines += explanation.warnings.map { "warning: \($0)" }
        return lines
    }

    private var program: String {
        switch spec.program {
        case .workload(let name): "workload \(name)"
        case .command(let words): words.joined(separator: " ")
        }
    }

    private var policy: String {
        switch spec.policy {
        case .fifo: "fifo"
        case .asha(let options):
            "asha, \(options.kind.rawValue), eta \(options.reductionFactor)" + cutoff(options.kind, options.cutoff)
                + (options.delay ? ", delayed" : "")
        case .hyperband(let options): hyperband(options)
        case .median(let options): median(options)
        case .pbt(let options): population(options)
        case .hypersched(let options):
            "hypersched, eta \(options.reductionFactor), allocation \(options.allocation.rawValue)"
        case .deadline(let options): "deadline, eta \(options.reductionFactor)"
        }
    }

    private func cutoff(_ kind: ASHAOptions.Kind, _ cutoff: ASHAOptions.Cutoff) -> String {
        kind == .stopping ? ", cutoff by \(cutoff.rawValue)" : ""
    }

    private func hyperband(_ options: HyperbandOptions) -> String {
        let brackets = HyperbandBrackets(
            steps: spec.steps, reductionFactor: options.reductionFactor, limit: options.brackets)
        let shares = zip(brackets.firstRungs, brackets.weights).map { first, weight in
            let share = Int((100 * Double(weight) / Double(brackets.total)).rounded())
            return "\(share) % of the trials from " + (first < spec.steps.max ? "\(first)" : "the end")
        }
        return "hyperband, \(options.kind.rawValue), eta \(options.reductionFactor)"
            + cutoff(options.kind, options.cutoff) + ": " + shares.joined(separator: ", ")
    }

    private func median(_ options: MedianOptions) -> String {
        let points = options.points(spec.steps)
        return
            "median of the \(options.statistic.rawValue) of \(options.peers.rawValue) trials (\(options.minTrials) or "
            + "more), at \(steps(points.first)) and every \(steps(points.interval)) from there, "
            + options.action.rawValue
    }

    private func population(_ options: PBTOptions) -> String {
        let size = options.population.map { "\($0)" } ?? "as large as the slots allow"
        return "pbt, population \(size); every \(steps(options.points(spec.steps).interval)) the worst "
            + "\(Int((100 * options.quantile).rounded())) % make room for copies of the best"
    }

    /// "rung 1 epoch, 4 epochs, 16 epochs; keep the top 1/4; complete at 30 epochs"
    private var rungs: String {
        let end = "complete at \(steps(spec.steps.max))" + (spec.steps.isTimed ? " of training" : "")
        guard let first = explanation.rungs.first else { return "none; \(end)" }
        return "rung " + explanation.rungs.map { steps($0.steps) }.joined(separator: ", ")
            + "; keep the top 1/\(first.keepOneIn); \(end)"
    }

    private func steps(_ count: Int) -> String {
        if spec.steps.isTimed { return duration(Double(count)) }
        return count == 1 || spec.steps.unit.hasSuffix("s")
            ? "\(count) \(spec.steps.unit)" : "\(count) \(spec.steps.unit)s"
    }

    private var slots: String {
        let most = spec.slots.max.map { "\($0)" } ?? "all of one agent"
        let labels = spec.slots.labels.sorted { $0.key < $1.key }.map { ", \($0.key)=\($0.value)" }.joined()
        guard !spec.slots.isGang else {
            return "\(spec.slots.kind.rawValue), \(spec.slots.min) per trial: \(spec.slots.minEach) on each of "
                + "\(spec.slots.agentCount) agents at once\(labels)"
        }
        return "\(spec.slots.kind.rawValue), \(spec.slots.min) to \(most) per trial\(labels)"
    }

    /// nil: as a sweep that says nothing about it.
    private var sharing: String? {
        guard spec.priority != 0 || spec.weight != nil else { return nil }
        let weight = spec.effectiveWeight
        return "priority \(spec.priority), weight \(weight)"
            + (weight == 0 ? ": only slots that nobody else wants" : "")
    }

    private func duration(_ seconds: Double) -> String {
        let whole = Int(max(seconds, 0).rounded())
        let parts = [(whole / 86_400, "d"), (whole / 3600 % 24, "h"), (whole / 60 % 60, "min"), (whole % 60, "s")]
        let shown = parts.drop { $0.0 == 0 }.prefix(2).map { "\($0.0) \($0.1)" }
        return shown.isEmpty ? "0 s" : shown.joined(separator: " ")
    }
}
