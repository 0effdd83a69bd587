import HyperSchedClient
import HyperSchedProtocol
import TerminalView

/// Gathers what the live view shows, and asks only for what may have changed.
struct SnapshotSource {
    private static let largestCount = 50
    /// The picture of the slots is drawn of so many attempts at most, and read again only now and then.
    private static let largestAttemptCount = 1000
    private static let roundsBetweenAttempts = 5

    private let client: DaemonClient
    private let id: SweepID
    private var decisions = PageTail<Decision>(capacity: 20)
    private var curves: [TrialID: PageTail<CurvePoint>] = [:]
    private var attempts: [AttemptRecord] = []
    private var round = 0
    /// The last step of each trial when its curve was read.
    private var curveSteps: [TrialID: Int] = [:]

    init(client: DaemonClient, sweep: SweepID) {
        self.client = client
        id = sweep
    }

    /// - Parameter trialCount: how many of the best trials are wanted.
    mutating func next(trialCount: Int) async throws(ClientError) -> SweepSnapshot {
        let (client, id) = (client, id)
        let sweep = try await client.sweep(id)
        let limit = min(trialCount, Self.largestCount)
        let ranking = try await client.ranking(of: id, PageRequest(limit: limit)).items
        try await decisions.refresh { page async throws(ClientError) in try await client.decisions(of: id, page) }
        for trial in ranking where trial.lastStep > 0 && curveSteps[trial.trial] != trial.lastStep {
            try await readCurve(of: trial.trial)
            curveSteps[trial.trial] = trial.lastStep
        }
        if round % Self.roundsBetweenAttempts == 0 {
            let all = try await PageWalk.all(limit: Self.largestAttemptCount) { page async throws(ClientError) in
                try await client.attempts(of: id, page)
            }
            // Rather no picture than one of the beginning only.
            attempts = all.count < Self.largestAttemptCount ? all : []
        }
        round += 1
        return SweepSnapshot(
            sweep: sweep, ranking: ranking, curves: curves.mapValues(\.items), decisions: decisions.items,
            attempts: attempts)
    }

    private mutating func readCurve(of trial: TrialID) async throws(ClientError) {
        let client = client
        var tail = curves[trial] ?? PageTail(capacity: 10_000)
        try await tail.refresh { page async throws(ClientError) in try await client.curve(of: trial, page) }
        curves[trial] = tail
    }
}
