import ArgumentParser
import Foundation
import HyperSchedClient
import HyperSchedProtocol

/// Reports per second of a daemon that runs, each answered when it is on the disk: see docs/BENCHMARKS.md.
@main
struct DaemonBenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "daemon-bench", abstract: "Durable reports per second of a running daemon, from simulated agents.",
        discussion: "Submits a sweep of its own to the daemon and cancels it at the end. Not for a daemon in use.")

    @Option(help: "The daemon, as it says at its start.") var url: String
    @Option(help: "Simulated agents; each has one call under way at a time.") var agents = 8
    @Option(help: "Slots, and so trials, of each agent.") var slots = 8
    @Option(help: "Reports in a call, of as many trials.") var batch = 1
    @Option(help: "Reports to send in all.") var reports = 20_000
    @Option(help: "The sweep's policy.") var policy = "asha"
    @Option(help: "steps.max") var steps = 81
    @Option(help: "Process id of the daemon, for its processor time.") var pid: Int?
    @Flag(help: "Print one line of JSON.") var json = false

    func validate() throws {
        guard agents >= 1, slots >= 1, batch >= 1, reports >= 1, steps >= 1 else {
            throw ValidationError("--agents, --slots, --batch, --reports and --steps must be 1 or more")
        }
        guard batch <= ReportBatch.maximumReports else {
            throw ValidationError("--batch must be at most \(ReportBatch.maximumReports)")
        }
    }

    func run() async throws {
        let client = DaemonClient(url: url, retry: .never)
        let key = "daemon-bench-\(ProcessInfo.processInfo.processIdentifier)-\(Date().timeIntervalSince1970)"
        let sweep = try await client.submitSweep(file: sweepFile, idempotencyKey: key)
        let began = (clock: ContinuousClock.now, processor: pid.flatMap(DaemonProcess.processorSeconds))
        let results = try await drive(client, key: key)
        let (seconds, fraction) = (ContinuousClock.now - began.clock).components
        let wall = Double(seconds) + Double(fraction) * 1e-18
        let processor = began.processor.flatMap { before in
            pid.flatMap(DaemonProcess.processorSeconds).map { $0 - before }
        }
        _ = try await client.cancelSweep(sweep.id)
        report(results, wall: wall, processor: processor)
    }

    /// All agents at once, until the reports are sent.
    private func drive(_ client: DaemonClient, key: String) async throws -> AgentTally {
        try await withThrowingTaskGroup(of: AgentTally.self) { group in
            for index in 0..<agents {
                let share = reports / agents + (index < reports % agents ? 1 : 0)
                group.addTask {
                    var agent = LoadAgent(client: client, name: "\(key)-\(index)", slots: slots, batch: batch)
                    return try await agent.run(reports: share)
                }
            }
            return try await group.reduce(into: AgentTally()) { $0.add($1) }
        }
    }

    private var sweepFile: String {
        """
        name: daemon-bench
        command: [sleep, "0"]
        method: random
        metric: {name: m, goal: maximize}
        parameters: {x: {min: 0.0, max: 1.0}}
        hypersched:
          in: 24h
          policy: \(policy)
          steps: {min: 1, max: \(steps)}
          limits: {trials: 1000000}
          seed: 1
        """
    }

    private func report(_ results: AgentTally, wall: Double, processor: Double?) {
        let rate = Double(results.reports) / wall
        let (p50, p99) = (results.percentile(0.5) ?? .nan, results.percentile(0.99) ?? .nan)
        let each = processor.map { $0 / Double(results.reports) * 1e6 }
        if json {
            var line = "{\"name\": \"hyperschedd \(policy), \(agents) agents, batch \(batch)\", "
            line += "\"reports\": \(results.reports), "
            line += "\"wall_s\": \(wall), \"reports_per_s\": \(rate), \"stopped\": \(results.ended), "
            line += "\"call_p50_ms\": \(p50), \"call_p99_ms\": \(p99)"
            if let each { line += ", \"daemon_us\": \(each)" }
            print(line + "}")
        } else {
            print(
                String(
                    format: "%d reports, %d ended, %.2f s, %.0f reports/s; a call: p50 %.2f ms, p99 %.2f ms",
                    results.reports, results.ended, wall, rate, p50, p99)
                    + (each.map { String(format: "; daemon: %.0f us of processor per report", $0) } ?? ""))
        }
    }
}
