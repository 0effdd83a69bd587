public import HyperSchedProtocol

/// The MLflow runs of one attempt: a value that is the sum of its records, so that an agent that was started again
/// knows what it knew before.
public struct TrackingBook: Sendable {
    /// The step that the attempt began from.
    private let firstStep: Int
    /// Artifacts go to directories below this one.
    let artifactFolder: String
    private(set) var runs: [String: TrackedRun] = [:]
    /// In the order of creation.
    private(set) var order: [String] = []

    /// - Parameter firstStep: completed steps at the start of the attempt.
    public init(firstStep: Int, artifactFolder: String) {
        self.firstStep = firstStep
        self.artifactFolder = artifactFolder
    }

    public mutating func apply(_ record: TrackingRecord) {
        if let created = record.created {
            runs[record.run] = TrackedRun(id: record.run, name: record.name ?? record.run, started: created)
            order.append(record.run)
        }
        runs[record.run]?.apply(record)
    }

    /// 32 hexadecimal digits, as MLflow's ids are.
    private static func id(_ attempt: AttemptID, _ number: Int) -> String {
        String(SHA256.hex(of: Array("run \(attempt) \(number)".utf8)).prefix(32))
    }

    /// What a request changes; nil: nothing.
    /// - Parameter now: milliseconds since 1970.
    public func record(for request: TrackingRequest, of attempt: AttemptID, at now: Int64) throws(TrackingRefusal)
        -> TrackingRecord?
    {
        switch request {
        case .searchRuns: return nil
        case .getRun(let run), .history(let run, _):
            _ = try found(run)
            return nil
        case .createRun(let name, let started, let tags):
            var record = TrackingRecord(run: Self.id(attempt, order.count))
            record.created = started ?? now
            record.name = name ?? tags.first { $0.key == "mlflow.runName" }?.value
            record.tags = tags
            try check(tags: tags)
            return record
        case .updateRun(let run, let status, let ended, let name):
            _ = try found(run)
            var record = TrackingRecord(run: run)
            (record.status, record.ended, record.name) = (status, ended, name)
            if let name { record.tags = [TrackedText(key: "mlflow.runName", value: name)] }
            return record
        case .log(let run, let points, let parameters, let tags):
            return try log(try found(run), points, parameters, tags)
        case .removeTag(let run, let key):
            guard try found(run).tags[key] != nil else { throw .missing("run '\(run)' has no tag '\(key)'") }
            var record = TrackingRecord(run: run)
            record.removedTag = key
            return record
        case .setDeleted(let run, let deleted):
            _ = try found(run)
            var record = TrackingRecord(run: run)
            record.deleted = deleted
            return record
        }
    }

    func found(_ run: String) throws(TrackingRefusal) -> TrackedRun {
        guard let found = runs[run] else {
            throw .missing("this attempt of the trial has no run '\(run)'; runs of earlier attempts are not kept here")
        }
        return found
    }
}

// MARK: - Logging

extension TrackingBook {
    /// MLflow's limits on one request.
    private static let (mostPoints, mostParameters, mostTags) = (1000, 100, 100)
    private static let (longestKey, longestParameter, longestTag) = (250, 6000, 8000)

    private func log(
        _ run: TrackedRun, _ points: [TrackedPoint], _ parameters: [TrackedText], _ tags: [TrackedText]
    ) throws(TrackingRefusal) -> TrackingRecord? {
        guard points.count <= Self.mostPoints, parameters.count <= Self.mostParameters, tags.count <= Self.mostTags,
            points.count + parameters.count + tags.count <= Self.mostPoints
        else {
            throw .invalid(
                "a request may have \(Self.mostPoints) metrics, \(Self.mostParameters) parameters, "
                    + "\(Self.mostTags) tags, and \(Self.mostPoints) of all together")
        }
        var record = TrackingRecord(run: run.id)
        record.points = try new(points, in: run)
        record.parameters = try new(parameters, in: run)
        try check(tags: tags)
        record.tags = tags.filter { run.tags[$0.key] != $0.value }
        let isEmpty = [record.points?.count, record.parameters?.count, record.tags?.count].allSatisfy { $0 == 0 }
        return isEmpty ? nil : record
    }

    /// Without those that came before: the same key, step, time and value is the same point, sent again.
    private func new(_ points: [TrackedPoint], in run: TrackedRun) throws(TrackingRefusal) -> [TrackedPoint] {
        var seen: Set<TrackedPoint> = []
        var result: [TrackedPoint] = []
        for point in points {
            try check(key: point.key, "metric")
            guard abs(point.step) <= Int64(TrackingSteps.largest) else {
                throw .invalid("metric '\(point.key)': step \(point.step) is out of range")
            }
            guard seen.insert(point).inserted, !(run.series[point.key]?.has(point) ?? false) else { continue }
            result.append(point)
        }
        return result
    }

    private func new(_ parameters: [TrackedText], in run: TrackedRun) throws(TrackingRefusal) -> [TrackedText] {
        var seen: [String: String] = [:]
        var result: [TrackedText] = []
        for parameter in parameters {
            try check(key: parameter.key, "param")
            guard parameter.value.utf8.count <= Self.longestParameter else {
                throw .invalid("param '\(parameter.key)': more than \(Self.longestParameter) bytes")
            }
            if let old = run.parameters[parameter.key] ?? seen[parameter.key] {
                guard old == parameter.value else {
                    throw .invalid(
                        "Changing param values is not allowed. Param with key='\(parameter.key)' was already logged "
                            + "with value='\(old)' for run ID='\(run.id)'. Attempted logging new value "
                            + "'\(parameter.value)'.")
                }
                continue
            }
            seen[parameter.key] = parameter.value
            result.append(parameter)
        }
        return result
    }

    private func check(tags: [TrackedText]) throws(TrackingRefusal) {
        for tag in tags {
            try check(key: tag.key, "tag")
            guard tag.value.utf8.count <= Self.longestTag else {
                throw .invalid("tag '\(tag.key)': more than \(Self.longestTag) bytes")
            }
        }
    }

    private func check(key: String, _ what: String) throws(TrackingRefusal) {
        guard (1...Self.longestKey).contains(key.utf8.count) else {
            throw .invalid("\(what) '\(key.prefix(80))': expected a name of 1 to \(Self.longestKey) bytes")
        }
    }
}

// MARK: - Reports

extension TrackingBook {
    /// The reports that the points of a record, which is not applied yet, amount to: in the order of their steps.
    public func reports(of record: TrackingRecord) -> [(step: Int, metrics: [String: MetricValue])] {
        guard let run = runs[record.run], run.isOfTrial, let points = record.points else { return [] }
        var steps = TrackingSteps(from: firstStep, run)
        var found: [(step: Int, metrics: [String: MetricValue])] = []
        for point in points {
            let step = steps.step(of: point)
            guard point.key.utf8.count <= TrialReport.maximumNameLength, let step else { continue }
            // A second value of the same metric at the same step is a report of its own.
            let place = found.firstIndex {
                $0.step == step && $0.metrics[point.key] == nil && $0.metrics.count < TrialReport.maximumMetrics
            }
            if let place {
                found[place].metrics[point.key] = point.value
            } else {
                found.append((step, [point.key: point.value]))
            }
        }
        return found.enumerated().sorted { ($0.element.step, $0.offset) < ($1.element.step, $1.offset) }.map(\.element)
    }
}
