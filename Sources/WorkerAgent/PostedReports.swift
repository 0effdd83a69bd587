import HyperSchedProtocol

/// The body of a POST to `HYPERSCHED_REPORT_URL`: one JSON object, or an array of them, in the form of a report line.
/// What can not be taken is refused as a whole, with the field named: unlike a line of output, a request has somebody
/// to tell.
struct PostedReports: Hashable, Sendable {
    struct Item: Hashable, Sendable {
        /// nil: one more than the report before.
        var step: Int?
        /// Empty: only a checkpoint.
        var metrics: [String: MetricValue] = [:]
        var checkpoint: String?
        var setupSeconds: Double?
        /// A second report with this id is the first one, sent again.
        var key: String?
    }

    let items: [Item]

    static let maximumCount = 1000
    static let longestKey = 128

    /// - Parameter key: the request's idempotency key, for the reports that have no `report_id`.
    /// - Throws: ``Problem``
    init(_ body: [UInt8], key: String?) throws(Problem) {
        guard let objects = FlatObject.list(parsing: body) else {
            throw Self.refusal(
                "", "neither a JSON object nor an array of them", fix: #"{"step": 3, "val_acc": 0.87}"#, status: 400)
        }
        guard (1...Self.maximumCount).contains(objects.count) else {
            throw Self.refusal("", "\(objects.count) reports", fix: "send 1 to \(Self.maximumCount) at once")
        }
        var items: [Item] = []
        for (index, object) in objects.enumerated() {
            var item = try Self.item(object, field: objects.count == 1 ? "" : "\(index).")
            if item.key == nil { item.key = key.map { "\($0)#\(index)" } }
            items.append(item)
        }
        self.items = items
    }

    private static func item(_ object: FlatObject, field prefix: String) throws(Problem) -> Item {
        var item = Item()
        for field in object.fields {
            let path = prefix + field.name
            switch field.name {
            case "step":
                guard let step = ReportLineParser.step(field.value) else {
                    throw refusal(path, "expected completed steps", fix: "a whole number from 0")
                }
                item.step = step
            case "checkpoint":
                guard case .string(let name) = field.value,
                    CheckpointAnnouncement(name: name, step: 0).hasPlainName
                else {
                    throw refusal(path, "expected the name of a directory", fix: "one below the checkpoint directory")
                }
                item.checkpoint = name
            case "setup_time_s":
                guard let seconds = field.value.metric?.number, seconds.isFinite, seconds >= 0 else {
                    throw refusal(path, "expected seconds", fix: "a number from 0")
                }
                item.setupSeconds = seconds
            case "report_id":
                guard case .string(let key) = field.value, (1...longestKey).contains(key.utf8.count) else {
                    throw refusal(path, "expected a text of 1 to \(longestKey) bytes", fix: "a random one")
                }
                item.key = key
            default: item.metrics[field.name] = try metric(field, path)
            }
        }
        guard !item.metrics.isEmpty || item.checkpoint != nil else {
            throw refusal(prefix, "no metric", fix: #"name one: {"step": 3, "val_acc": 0.87}"#)
        }
        guard item.metrics.count <= TrialReport.maximumMetrics else {
            throw refusal(
                prefix, "\(item.metrics.count) metrics", fix: "at most \(TrialReport.maximumMetrics) in a report")
        }
        return item
    }

    private static func metric(_ field: FlatObject.Field, _ path: String) throws(Problem) -> MetricValue {
        guard (1...TrialReport.maximumNameLength).contains(field.name.utf8.count) else {
            throw refusal(
                path, "a name of \(field.name.utf8.count) bytes", fix: "1 to \(TrialReport.maximumNameLength)")
        }
        guard let value = field.value.metric else {
            throw refusal(path, "expected a number", fix: #"a number, or "NaN", "Infinity", "-Infinity""#)
        }
        return value
    }

    private static func refusal(_ field: String, _ message: String, fix: String, status: Int = 422) -> Problem {
        Problem(
            status: status, code: "invalid_report", title: "The report can not be taken", detail: message,
            errors: [.init(field: field, message: message, fix: fix)])
    }
}
