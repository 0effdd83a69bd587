import HyperSchedProtocol

/// One MLflow run of an attempt.
struct TrackedRun: Hashable, Sendable {
    let id: String
    var name: String
    /// Milliseconds since 1970.
    var started: Int64
    var ended: Int64?
    var status = "RUNNING"
    var isDeleted = false
    var parameters: [String: String] = [:]
    var tags: [String: String] = [:]
    var series: [String: Series] = [:]

    /// The history of one metric.
    struct Series: Hashable, Sendable {
        /// In the order of arrival.
        var points: [TrackedPoint] = []
        /// By step, then by time, then by value: what MLflow shows as the metric's value.
        var latest: TrackedPoint
        /// The step of the first point of all.
        let firstStep: Int64
        /// How many points had step 0.
        var unstepped: Int
        /// Points without their key, to know one that is sent again.
        private var seen: Set<Mark> = []

        /// At least so many of the newest points are kept.
        private static let kept = 250_000

        private struct Mark: Hashable {
            var step: Int64
            var timestamp: Int64
            var value: UInt64
        }

        init(_ first: TrackedPoint) {
            latest = first
            firstStep = first.step
            unstepped = 0
            add(first)
        }

        func has(_ point: TrackedPoint) -> Bool { seen.contains(Self.mark(point)) }

        mutating func add(_ point: TrackedPoint) {
            seen.insert(Self.mark(point))
            points.append(point)
            if points.count > 2 * Self.kept {
                for old in points.prefix(Self.kept) { seen.remove(Self.mark(old)) }
                points.removeFirst(Self.kept)
            }
            if point.step == 0 { unstepped += 1 }
            let (new, old) = (point, latest)
            let value = new.value.number, before = old.value.number
            if (new.step, new.timestamp) > (old.step, old.timestamp)
                || ((new.step, new.timestamp) == (old.step, old.timestamp) && !(value < before))
            {
                latest = point
            }
        }

        private static func mark(_ point: TrackedPoint) -> Mark {
            let number = point.value.number
            return Mark(
                step: point.step, timestamp: point.timestamp,
                value: number.isNaN ? Double.nan.bitPattern : number.bitPattern)
        }
    }

    /// Its metrics are the trial's: a run below another one is for the program's own eyes.
    var isOfTrial: Bool { tags["mlflow.parentRunId"] == nil }

    mutating func apply(_ record: TrackingRecord) {
        if let name = record.name { self.name = name }
        if let status = record.status { self.status = status }
        if let ended = record.ended { self.ended = ended }
        if let deleted = record.deleted { isDeleted = deleted }
        for parameter in record.parameters ?? [] { parameters[parameter.key] = parameter.value }
        for tag in record.tags ?? [] { tags[tag.key] = tag.value }
        if let removed = record.removedTag { tags[removed] = nil }
        for point in record.points ?? [] {
            if series[point.key] == nil {
                series[point.key] = Series(point)
            } else {
                series[point.key]?.add(point)
            }
        }
    }
}
