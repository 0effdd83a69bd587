import HyperSchedProtocol
import Scheduler

extension ControlLoop {
    /// Seconds that a sync may wait, whatever the agent asks for.
    static let longestWaitSeconds = 60.0

    /// Takes in what an agent has, waits for a desired state newer than the one it has seen, and gives that.
    ///
    /// The wait is at most half of a lease: the agent counts its lease from the moment it sent the sync, and must be
    /// able to renew it in time.
    func sync(_ agent: AgentID, _ message: AgentSync) async throws(Problem) -> DesiredState {
        _ = try await apply(.agentSynced(agent, message))
        let longest = min(Self.longestWaitSeconds, state.settings.leaseSeconds / 2)
        await waitForNews(agent, message, seconds: min(message.waitSeconds, longest))
        guard let desired = state.desiredState(of: agent, at: clock.now()) else {
            throw .notFound("agent", agent.rawValue)
        }
        return desired
    }

    /// Ends the waits of agents for which there is something newer.
    func wakeSyncs() {
        guard waiters.count > 0 else { return }
        let state = state
        waiters.wake { (state.desiredVersion(of: $0.agent) ?? 0) > $0.seenVersion }
    }

    func wakeAllSyncs() { waiters.wake { _ in true } }

    private func waitForNews(_ agent: AgentID, _ message: AgentSync, seconds: Double) async {
        guard seconds > 0, !isClosing, (state.desiredVersion(of: agent) ?? 0) <= message.seenVersion else { return }
        let id = waiters.nextID()
        let end = clock.now().advanced(bySeconds: seconds)
        let alarm = Task {
            try? await clock.sleep(until: end)
            waiters.wake(id)
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                waiters.add(
                    id,
                    .init(
                        agent: agent, session: message.session, seenVersion: message.seenVersion,
                        continuation: continuation))
            }
        } onCancel: {
            alarm.cancel()
        }
        alarm.cancel()
    }
}
