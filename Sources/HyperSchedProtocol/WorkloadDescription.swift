/// What a bundled workload is: its parameters and the metrics it reports. The one source for checking a parameters
/// file, for `hypersched-trial <workload> --help`, and for checking a sweep where libtorch is not installed.
public struct WorkloadDescription: Equatable, Sendable {
    public let name: String
    public let summary: String
    public let parameters: [WorkloadParameter]
    /// Names of the metrics that each report may carry.
    public let metrics: [String]

    public init(name: String, summary: String, parameters: [WorkloadParameter], metrics: [String]) {
        self.name = name
        self.summary = summary
        self.parameters = parameters
        self.metrics = metrics
    }

    /// All bundled workloads, by name.
    public static let all: [WorkloadDescription] = [.gals, .hyperfeatures, .lads, .nbdt]

    public static func named(_ name: String) -> WorkloadDescription? { all.first { $0.name == name } }

    public func parameter(named name: String) -> WorkloadParameter? { parameters.first { $0.name == name } }

    /// Everything that is wrong with a configuration, in the order of its names; empty where it is legal.
    public func problems(with configuration: Configuration) -> [String] {
        configuration.entries.compactMap { entry in
            guard let parameter = parameter(named: entry.name) else { return unknownParameter(entry.name) }
            return parameter.problem(with: entry.value)
        }
    }

    /// The message for a parameter that does not exist; it names the nearest one that does.
    public func unknownParameter(_ name: String) -> String {
        let nearest = Self.nearest(to: name, among: parameters.map(\.name))
        return "\(name): unknown parameter of workload \(self.name)" + (nearest.map { "; did you mean \($0)?" } ?? "")
    }

    /// The candidate with the smallest edit distance to `word`, the first on ties.
    public static func nearest(to word: String, among candidates: [String]) -> String? {
        candidates.enumerated().min { a, b in
            (distance(word, a.element), a.offset) < (distance(word, b.element), b.offset)
        }?.element
    }

    /// Levenshtein's distance: insertions, deletions and replacements that turn one word into the other.
    private static func distance(_ first: String, _ second: String) -> Int {
        let b = Array(second.utf8)
        var row = Array(0...b.count)
        for (i, x) in first.utf8.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, y) in b.enumerated() {
                let replaced = diagonal + (x == y ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[b.count]
    }
}
