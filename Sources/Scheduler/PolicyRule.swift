internal import HyperSchedProtocol

/// The names of the rules that policies give as ``Reason/rule``. They are stored and documented in docs/SCHEDULING.md,
/// so a name is never changed.
enum PolicyRule: String, CaseIterable {
    /// First in, first out.
    case fifo
    /// A trial whose attempt was interrupted goes on before anything new starts.
    case interrupted
    /// A trial is started because slots are free (ASHA).
    case newTrial = "new_trial"
    /// Below the cut-off of a rung, or not in its top 1/η, or more than 1/η of the trials there are better.
    case rungCutoff = "rung_cutoff"
    /// Worse than the median of other trials at the same step.
    case median
    /// PBT: a trial is among the worst; a copy of one of the best takes its place.
    case exploit
    /// PBT: a copy of a better trial goes on from its checkpoint with other hyperparameters.
    case explore
    /// PBT: a trial is started to fill the population, or nothing is because the population is complete.
    case population
    /// PBT: members take turns where there are fewer slots than members.
    case turn
    /// A paused trial resumes because its rank at its rung allows it.
    case rungPromotion = "rung_promotion"
    /// A paused trial resumes although its rank does not ask for it: nothing else can use the slots.
    case rungFill = "rung_fill"
    /// HyperSched: there is time enough for one more trial.
    case admissionOpen = "admission_open"
    /// HyperSched: a trial that starts now has no chance by the deadline.
    case admissionClosed = "admission_closed"
    /// A larger allocation multiplies the work done by the deadline by more than the threshold.
    case resizeGain = "resize_gain"
    /// Slots go back because the trial's share has become smaller.
    case resizeShare = "resize_share"
    /// Too little time is left for anything useful.
    case noTime = "no_time"
    /// No agent has enough free slots.
    case noSlots = "no_slots"
    /// The free slots are kept for trials that are about to grow.
    case reserved
    /// No trial is left to start or resume.
    case exhausted
    /// Deadline policy: the slots do more for the expected best at the deadline elsewhere.
    case consolidate
    /// Deadline policy: a paused trial is forecast to be worth its slots.
    case forecast
    /// A trial shrinks so that another sweep gets its share.
    case share
    /// A trial stops so that another sweep gets its share, or the best trial of its own sweep gets slots again.
    case preempt
    /// A trial moves away because its agent will soon be gone.
    case agentEnds = "agent_ends"
    /// The user changed how the sweep shares slots, or its budget.
    case adjusted
    /// The sweep's slot-hours are used up.
    case budget
}

extension Reason {
    init(_ rule: PolicyRule, _ text: String, numbers: [String: Double] = [:], rivals: [TrialID] = []) {
        self.init(rule: rule.rawValue, text: text, numbers: numbers.mapValues { MetricValue($0) }, rivals: rivals)
    }
}

extension SweepView {
    var noTime: Reason { Reason(.noTime, "nothing starts after the deadline", numbers: ["time_left": timeLeft]) }

    var noSlots: Reason {
        let text =
            agents == 1
            ? "a trial needs \(minSlots) free slots on one agent, at most \(largestFree) are free on any"
            : "a trial needs \(minSlots / agents) free slots on each of \(agents) agents at once"
        return Reason(
            .noSlots, text,
            numbers: ["needed": Double(minSlots), "largest_free": Double(largestFree)])
    }

    var interrupted: Reason { Reason(.interrupted, "goes on after an interruption, before anything new starts") }

    var exhausted: Reason { Reason(.exhausted, "no trial is left to start or resume") }

    var newTrial: Reason {
        Reason(
            .newTrial, "no paused trial can be promoted and \(minSlots) slots are free",
            numbers: ["slots": Double(minSlots), "paused": Double(paused.count)])
    }

    /// `trial` is paused and its slots are free. O(log n).
    func isPaused(_ trial: TrialID) -> Bool { paused.contains(trial) }

    /// The record of a running trial. O(log n).
    func runningTrial(_ trial: TrialID) -> RunningTrial? { running[trial] }
}
