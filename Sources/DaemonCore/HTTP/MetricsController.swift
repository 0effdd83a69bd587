import Hummingbird
import HyperSchedProtocol
import NIOCore
import TrialStore

/// `/metrics`, for Prometheus.
struct MetricsController<Context: RequestContext>: Sendable {
    /// Sweeps that have series of their own: the newest that have not ended.
    private static var sweepLimit: Int { 100 }

    let sweeps: SweepController<Context>
    let loop: ControlLoop

    func addRoutes(to router: Router<Context>) {
        router.get("metrics", use: get)
    }

    @Sendable
    private func get(_ request: Request, _ context: Context) async throws -> Response {
        var text = PrometheusText()
        text.add(
            "hypersched_build_info", .gauge, "The version of the daemon; always 1.",
            [([("version", ProductVersion.current)], 1)])
        text.addCluster(await loop.occupancy())
        text.addSweeps(try await sweeps.running(limit: Self.sweepLimit))
        text.addLoop(await loop.tally, waiting: await loop.waitingRequests)
        if let usage = ProcessUsage.current() { text.addProcess(usage) }
        return Response(
            status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text.text)))
    }
}

extension PrometheusText {
    fileprivate mutating func addCluster(_ occupancy: ClusterOccupancy) {
        add(
            "hypersched_agents", .gauge, "Agents by state.",
            AgentSummary.State.allCases.map { ([("state", $0.rawValue)], Double(occupancy.agents[$0, default: 0])) })
        add(
            "hypersched_slots", .gauge, "Slots of agents that are not lost.",
            SlotKind.allCases.flatMap { kind in
                let slots = occupancy.slots[kind] ?? (total: 0, held: 0, unclean: 0)
                let free = slots.total - slots.held - slots.unclean
                return [("held", slots.held), ("free", free), ("quarantined", slots.unclean)].map { state, count in
                    ([("kind", kind.rawValue), ("state", state)], Double(count))
                }
            })
        add(
            "hypersched_sweeps", .gauge, "Sweeps by state.",
            SweepState.allCases.map { ([("state", $0.rawValue)], Double(occupancy.sweeps[$0, default: 0])) })
    }

    fileprivate mutating func addSweeps(_ sweeps: [SweepSummary]) {
        func each(_ value: (SweepSummary) -> Double?) -> [Sample] {
            sweeps.compactMap { sweep in
                value(sweep).map { ([("sweep", sweep.id.description), ("name", sweep.name)], $0) }
            }
        }
        add(
            "hypersched_sweep_deadline_seconds_left", .gauge, "Seconds to the deadline of a sweep that has not ended.",
            each(\.timeLeftSeconds))
        add(
            "hypersched_sweep_slots_held", .gauge, "Slots that the sweep's trials hold.", each { Double($0.slotsHeld) })
        add(
            "hypersched_sweep_best_objective", .gauge, "The best value so far, in the metric's own direction.",
            each { $0.best?.objective })
        add(
            "hypersched_sweep_target_probability", .gauge,
            "The chance that the target is reached by the deadline, 0 to 1.", each { $0.forecast?.reachesTarget })
        add(
            "hypersched_trials", .gauge, "Trials of sweeps that have not ended, by state.",
            sweeps.flatMap { sweep in
                TrialState.allCases.map { state in
                    let labels = [("sweep", sweep.id.description), ("name", sweep.name), ("state", state.rawValue)]
                    return (labels, Double(sweep.trials[state.rawValue] ?? 0))
                }
            })
    }

    fileprivate mutating func addLoop(_ tally: LoopTally, waiting: Int) {
        let receipt = tally.reports
        add(
            "hypersched_reports_total", .counter, "Reports by what became of them.",
            [("accepted", receipt.accepted), ("duplicate", receipt.duplicate), ("stale", receipt.stale)].map {
                ([("outcome", $0.0)], Double($0.1))
            })
        add(
            "hypersched_late_reports_total", .counter, "Accepted reports that came after the deadline.",
            Double(tally.lateReports))
        add(
            "hypersched_report_latency_seconds", "From the arrival of a batch of reports to its durable answer.",
            tally.reportLatency)
        add("hypersched_decision_seconds", "Applying what has come and planning, per round.", tally.deciding)
        add("hypersched_commit_seconds", "The transaction of a round.", tally.committing)
        add(
            "hypersched_commit_failures_total", .counter, "Transactions that failed; nothing of them was kept.",
            Double(tally.failedCommits))
        add(
            "hypersched_reallocations_total", .counter, "Decisions by kind and rule.",
            tally.decisions.sorted { $0.key < $1.key }.map {
                ([("kind", $0.key.kind.rawValue), ("rule", $0.key.rule)], Double($0.value))
            })
        add(
            "hypersched_attempts_ended_total", .counter, "Attempts that are over, by outcome.",
            AttemptOutcome.allCases.map {
                ([("outcome", $0.rawValue)], Double(tally.endedAttempts[$0, default: 0]))
            })
        add(
            "hypersched_lease_expired_total", .counter, "Attempts whose agent was not heard of in time.",
            Double(tally.endedAttempts[.lost, default: 0]))
        add("hypersched_waiting_requests", .gauge, "Requests that wait for the next commit.", Double(waiting))
    }

    fileprivate mutating func addProcess(_ usage: ProcessUsage) {
        add("process_resident_memory_bytes", .gauge, "Resident memory size in bytes.", usage.residentBytes)
        add("process_open_fds", .gauge, "Number of open file descriptors.", usage.openFiles)
        add(
            "process_cpu_seconds_total", .counter, "Total user and system CPU time spent in seconds.",
            usage.processorSeconds)
    }
}
