import Foundation
import HyperSchedProtocol
import Simulator

extension CurveTable {
    /// A made-up family (``SyntheticTables/names``), or a file.
    public static func named(_ text: String, _ options: TableOptions = TableOptions()) throws(ReplayError) -> CurveTable
    {
        if let table = SyntheticTables.table(text) { return table.part(options.part) }
        return try CurveTable(file: text, options)
    }

    /// Reads `NAME.curves.csv[.gz]`, columns config, step, metric and, where known, elapsed_s: a row per step, in any
    /// order. If `NAME.configs.csv[.gz]` lies beside it, configurations of which it tells and that have no row never
    /// reported anything: they count as failures.
    public init(file path: String, _ options: TableOptions = TableOptions()) throws(ReplayError) {
        let file = try CSVFile(path)
        var reader = CurveReader(goal: options.goal, stepSeconds: options.stepSeconds)
        try reader.read(file, options)
        let configs = path.replacingOccurrences(of: ".curves.", with: ".configs.")
        if configs != path, FileManager.default.fileExists(atPath: configs) { try reader.addSilent(CSVFile(configs)) }
        let name = (path.split(separator: "/").last ?? "").split(separator: ".").first.map(String.init) ?? path
        self = reader.table(name: name).part(options.part)
    }

    /// The configurations with odd or even numbers (numbers of the table where it has some, else places).
    public func part(_ part: TableOptions.Part) -> CurveTable {
        guard part != .all else { return self }
        let kept = runs.indices.filter { index in
            let number = Int(configurations[index]) ?? index + 1
            return (number % 2 != 0) == (part == .odd)
        }
        return CurveTable(
            name: name, goal: goal, runs: kept.map { runs[$0] }, configurations: kept.map { configurations[$0] },
            isOrdered: isOrdered)
    }
}

/// Collects rows by configuration.
private struct CurveReader {
    private struct Point {
        let step: Double
        let value: Double
        let elapsed: Double?
        let line: Int
    }

    let goal: Metric.Goal
    let stepSeconds: Double
    private var points: [String: [Point]] = [:]
    /// In the order of appearance.
    private var names: [String] = []
    private var path = ""

    init(goal: Metric.Goal, stepSeconds: Double) {
        self.goal = goal
        self.stepSeconds = stepSeconds
    }

    private static let configColumns = ["config", "trial", "run", "id"]

    mutating func read(_ file: CSVFile, _ options: TableOptions) throws(ReplayError) {
        path = file.path
        let config = try file.requiredColumn(Self.configColumns, option: nil)
        let step = try file.requiredColumn(["step", "epoch", "iteration"], option: nil)
        let metric = try file.requiredColumn([options.metric ?? "metric"], option: "--metric")
        let elapsed =
            try options.elapsed.map { name throws(ReplayError) in
                try file.requiredColumn([name], option: "--elapsed")
            }
            ?? file.column(["elapsed_s"])
        for row in file.rows {
            let name = String(row.fields[config])
            let number = try file.number(row, step)
            guard number.isFinite else {
                throw ReplayError("\(path), line \(row.line): no step", fix: "write the number of the step")
            }
            let time = try elapsed.map { column throws(ReplayError) in try file.number(row, column) }
            add(name, Point(step: number, value: try file.number(row, metric), elapsed: time, line: row.line))
        }
        guard !names.isEmpty else { throw ReplayError("\(path) has no rows", fix: "write a row for each step") }
    }

    mutating func addSilent(_ file: CSVFile) throws(ReplayError) {
        let config = try file.requiredColumn(Self.configColumns, option: nil)
        for row in file.rows {
            let name = String(row.fields[config])
            if points[name] == nil {
                points[name] = []
                names.append(name)
            }
        }
    }

    private mutating func add(_ name: String, _ point: Point) {
        if points[name] == nil { names.append(name) }
        points[name, default: []].append(point)
    }

    func table(name: String) -> CurveTable {
        // Numbers in their order; anything else stays in the order of the file.
        let numbers = names.compactMap(Int.init)
        let sorted = numbers.count == names.count ? names.sorted { Int($0)! < Int($1)! } : names
        return CurveTable(name: name, goal: goal, runs: sorted.map { run(points[$0]!) }, configurations: sorted)
    }

    /// Steps are taken as they come: a table with every fifth epoch has steps of five epochs.
    private func run(_ points: [Point]) -> SimulatedTrial {
        let points = points.sorted { ($0.step, $0.line) < ($1.step, $1.line) }
        var last = 0.0
        let seconds = points.map { point in
            guard let elapsed = point.elapsed, elapsed.isFinite else { return stepSeconds }
            defer { last = max(last, elapsed) }
            return max(1e-3, elapsed - last)
        }
        return SimulatedTrial(objective: points.map(\.value), stepSeconds: seconds, fails: points.isEmpty)
    }
}
