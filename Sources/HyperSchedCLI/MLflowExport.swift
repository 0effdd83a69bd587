import HyperSchedClient
import HyperSchedProtocol

/// Trials of one sweep as runs of an MLflow server.
struct MLflowExport {
    struct Result {
        var written = 0
        var unchanged = 0
        var notEnded = 0
    }

    let sweep: SweepSummary
    let daemon: DaemonClient
    let server: MLflowServer

    /// Which sweep: ids of several daemons may be the same, the instants of their submission are not.
    private var sweepKey: String { "\(sweep.id) of \(sweep.createdAt.rfc3339)" }

    func run(experiment name: String) async throws(ClientError) -> Result {
        let id = sweep.id
        let (daemon, server) = (daemon, server)
        let rows = try await PageWalk.all { page throws(ClientError) in try await daemon.ranking(of: id, page) }
        let experiment = try await server.experiment(named: name)
        let tag = MLflowServer.Text("hypersched.sweep", sweepKey)
        let runs = try await server.runs(experiment: experiment, tag: tag)
        let present = Dictionary(grouping: runs) { $0.tags["hypersched.trial"] ?? "" }
        var result = Result()
        for row in rows {
            guard let status = Self.status(of: row.state) else {
                result.notEnded += 1
                continue
            }
            if try await write(row, status, experiment, present["\(row.trial)"] ?? []) {
                result.written += 1
            } else {
                result.unchanged += 1
            }
        }
        return result
    }

    /// nil: it may still go on.
    private static func status(of state: TrialState) -> String? {
        switch state {
        case .waiting, .running: nil
        case .completed: "FINISHED"
        case .paused, .pruned, .cancelled: "KILLED"
        case .failed, .diverged, .noMetric: "FAILED"
        }
    }

    /// Returns false where it is there already.
    private func write(_ row: RankedTrial, _ status: String, _ experiment: String, _ present: [MLflowServer.Run])
        async throws(ClientError) -> Bool
    {
        let (id, daemon) = (row.trial, daemon)
        let curve = try await PageWalk.all { page throws(ClientError) in try await daemon.curve(of: id, page) }
        let points = curve.filter { !$0.stale }
        let mark = "\(points.count) reports, \(row.state.rawValue)"
        let whole = present.first { $0.tags["hypersched.exported"] == mark }
        for run in present where run.id != whole?.id { try await server.delete(run: run.id) }
        if whole != nil { return false }
        let started = points.first?.at.milliseconds ?? sweep.createdAt.milliseconds
        let run = try await server.createRun(
            experiment: experiment, name: "trial \(row.trial)", started: started, tags: tags(of: row))
        try await server.log(run: run, points: Self.metrics(points), parameters: Self.parameters(row))
        // Last: a run without this mark is one that was cut off.
        try await server.setTags([MLflowServer.Text("hypersched.exported", mark)], run: run)
        try await server.end(run: run, status: status, ended: points.last?.at.milliseconds ?? started)
        return true
    }

    private func tags(of row: RankedTrial) -> [MLflowServer.Text] {
        var tags = [
            MLflowServer.Text("hypersched.sweep", sweepKey), MLflowServer.Text("hypersched.trial", "\(row.trial)"),
            MLflowServer.Text("hypersched.state", row.state.rawValue),
            MLflowServer.Text("hypersched.rank", "\(row.rank)"), MLflowServer.Text("hypersched.name", sweep.name),
        ]
        if let objective = row.objective { tags.append(MLflowServer.Text("hypersched.objective", "\(objective)")) }
        if let reason = row.reason { tags.append(MLflowServer.Text("hypersched.reason", reason)) }
        return tags
    }

    private static func parameters(_ row: RankedTrial) -> [MLflowServer.Text] {
        row.configuration.entries.map { MLflowServer.Text(legal($0.key), $0.value.text) }
    }

    private static func metrics(_ points: [CurvePoint]) -> [MLflowServer.Point] {
        points.flatMap { point in
            point.metrics.sorted { $0.key < $1.key }.map { name, value in
                MLflowServer.Point(
                    key: legal(name), value: value, timestamp: point.at.milliseconds, step: point.step)
            }
        }
    }

    /// MLflow takes letters, digits and `_ - . : /` and spaces.
    static func legal(_ name: String) -> String {
        String(
            String.UnicodeScalarView(
                name.unicodeScalars.map { scalar in
                    scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                        || "_-.:/ ".unicodeScalars.contains(scalar)
                        ? scalar : "_"
                }))
    }
}
