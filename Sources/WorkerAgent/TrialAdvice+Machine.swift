import HyperSchedProtocol
import TrialEndpoint

extension TrialAdvice {
    /// What the program of an attempt should do; nil: nothing of it runs.
    ///
    /// `checkpoint` comes when less than two grace periods are left, until one is announced in that time: a program
    /// that is asked to stop then has little left to write.
    /// - Parameter now: seconds on the agent's clock.
    init?(_ machine: AgentMachine, _ id: AttemptID, at now: Double) {
        guard let state = machine.attempts[id], state.holdsSlots else { return nil }
        let end = min(state.deadline, machine.lifetime?.leaving ?? .infinity)
        var action = Action.proceed
        if state.phase != .running {
            action = .stop
        } else {
            let late = end - 2 * state.assignment.graceSeconds
            if now >= late, state.checkpointAt.map({ $0 < late }) ?? true { action = .checkpoint }
        }
        let left = max(0, end - now)
        self.init(
            action: action, timeLeftSeconds: left.isFinite ? left : nil, slots: state.assignment.slots.count)
    }
}
