import HyperSchedProtocol
import Scheduler

/// Sweeps whose configurations another program proposes.
extension ControlLoop {
    /// Takes in a proposal; returns when it is durable.
    /// - Returns: its trial, and false when it was there already under this key.
    func propose(
        _ proposal: ConfigurationProposal, key: String?, to sweep: SweepID
    ) async throws(Problem) -> (trial: TrialObservation, isNew: Bool) {
        guard case .proposed(let trial, let isNew) = try await apply(.proposed(sweep, proposal, key: key)) else {
            preconditionFailure("a proposal is answered with its trial")
        }
        return (state.observation(of: trial)!, isNew)
    }

    /// Trials of the sweep that have changed since `number`. Waits for some, or for more than `wanted` proposals to be
    /// wanted, or for the end of the sweep; as long as syncs do at most.
    func observations(
        of sweep: SweepID, after number: Int64, limit: Int, wanted: Int, waitSeconds: Double
    ) async throws(Problem) -> ObservationPage {
        guard let record = state.sweep(sweep) else { throw .notFound("sweep", sweep.description) }
        guard record.spec.method == .external else { throw .notObserved(record) }
        if !hasNews(sweep, after: number, wanted: wanted), waitSeconds > 0, !isClosing {
            await waitForNews(
                of: sweep, after: number, wanted: wanted, seconds: min(waitSeconds, Self.longestWaitSeconds))
        }
        return state.observations(of: sweep, after: number, limit: limit, at: clock.now())!
    }

    /// Ends the waits for which there is something new.
    func wakeObservers() {
        guard observers.count > 0 else { return }
        observers.wake { hasNews($0.sweep, after: $0.after, wanted: $0.wanted) }
    }

    private func hasNews(_ sweep: SweepID, after number: Int64, wanted: Int) -> Bool {
        state.latestObservation(of: sweep) > number || state.sweep(sweep)?.state.isTerminal != false
            || state.wantedProposals(of: sweep, at: clock.now()) > wanted
    }

    private func waitForNews(of sweep: SweepID, after number: Int64, wanted: Int, seconds: Double) async {
        let id = observers.nextID()
        let end = clock.now().advanced(bySeconds: seconds)
        let alarm = Task {
            try? await clock.sleep(until: end)
            observers.wake(id)
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                observers.add(id, .init(sweep: sweep, after: number, wanted: wanted, continuation: continuation))
            }
        } onCancel: {
            alarm.cancel()
        }
        alarm.cancel()
    }
}

extension Problem {
    fileprivate static func notObserved(_ record: SweepRecord) -> Problem {
        Problem(
            status: 409, code: "not_external", title: "Sweep \(record.id) draws its own configurations",
            detail: "Observations are for 'method: external'; see /sweeps/\(record.id)/ranking.")
    }
}
