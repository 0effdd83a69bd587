import HyperSchedClient
import HyperSchedProtocol

/// An agent without processes: each trial that it is given reports one step after another until it is told to stop.
struct LoadAgent {
    private struct Process {
        let attempt: AttemptID
        var step: Int
        var sequence: Int64 = 0
    }

    private let client: DaemonClient
    private let name: AgentID
    private let slots: Int
    private let batch: Int
    private var processes: [Process] = []
    private var seen: Int64 = 0
    private var tally = AgentTally()

    init(client: DaemonClient, name: String, slots: Int, batch: Int) {
        self.client = client
        self.name = AgentID(name)
        self.slots = slots
        self.batch = batch
    }

    /// Each pass: one report of each trial, then one sync.
    mutating func run(reports: Int) async throws -> AgentTally {
        while tally.reports < reports {
            try await sync(wait: processes.isEmpty ? 1 : 0)
            for start in stride(from: 0, to: processes.count, by: batch) where tally.reports < reports {
                let count = min(batch, processes.count - start, reports - tally.reports)
                try await report(start..<start + count)
            }
        }
        return tally
    }

    private mutating func report(_ places: Range<Int>) async throws {
        for place in places {
            processes[place].step += 1
            processes[place].sequence += 1
        }
        let reports = places.map { Self.report(processes[$0]) }
        let began = ContinuousClock.now
        let receipt = try await client.report(agent: name, ReportBatch(session: "s", reports: reports, ended: []))
        tally.addCall(ContinuousClock.now - began)
        guard receipt.accepted == reports.count else { throw LoadError.notAccepted(receipt) }
        tally.reports += reports.count
    }

    /// Does what the daemon wants: what is to stop has ended at once, what is new starts.
    private mutating func sync(wait: Double) async throws {
        let desired = try await client.sync(
            agent: name,
            AgentSync(
                session: "s", slots: (0..<slots).map { Slot(index: $0, kind: .cpu) }, labels: [:],
                attempts: processes.map(\.attempt), seenVersion: seen, waitSeconds: wait, version: "bench"))
        seen = desired.version
        let wanted = Dictionary(uniqueKeysWithValues: desired.assignments.map { ($0.attempt, $0) })
        let ended = processes.filter { wanted[$0.attempt]?.goal != .run }
        processes.removeAll { wanted[$0.attempt]?.goal != .run }
        let known = Set(processes.map(\.attempt) + ended.map(\.attempt))
        for assignment in desired.assignments where assignment.goal == .run && !known.contains(assignment.attempt) {
            processes.append(Process(attempt: assignment.attempt, step: assignment.resumeFrom?.step ?? 0))
        }
        guard !ended.isEmpty else { return }
        tally.ended += ended.count
        let ends = ended.map {
            AttemptEnded(
                attempt: $0.attempt, outcome: .interrupted, elapsedSeconds: Double($0.sequence), stopSeconds: 0)
        }
        _ = try await client.report(agent: name, ReportBatch(session: "s", reports: [], ended: ends))
    }

    /// Rises with the step towards a level of the trial's own.
    private static func report(_ process: Process) -> TrialReport {
        let level = (Double(process.attempt.trial.rawValue) * 0.6180339887498949).truncatingRemainder(dividingBy: 1)
        return TrialReport(
            attempt: process.attempt, sequence: process.sequence, step: process.step,
            metrics: ["m": MetricValue(level * (1 - 1 / Double(process.step + 1)))],
            elapsedSeconds: Double(process.sequence), setupSeconds: process.sequence == 1 ? 0.1 : nil)
    }
}

enum LoadError: Error, CustomStringConvertible {
    case notAccepted(ReportReceipt)

    var description: String {
        switch self {
        case .notAccepted(let receipt): "the daemon did not accept all reports: \(receipt)"
        }
    }
}
