import Foundation
import Simulator

/// Recorded or made-up runs of one model on one data set: what a sweep is replayed from.
struct CurveTable: Sendable {
    let name: String
    let runs: [SimulatedTrial]
    /// R of the sweep's step range: the longest run.
    let maxStep: Int
    /// Worst finite value anywhere: what a trial that never reports is worth.
    let floor: Double
    /// Median seconds of a whole run on one slot, runs that never report left out.
    let fullSeconds: Double
    /// Median seconds of one step on one slot.
    let stepSeconds: Double

    init(name: String, runs: [SimulatedTrial]) {
        self.name = name
        self.runs = runs
        maxStep = runs.map(\.objective.count).max() ?? 1
        floor = runs.flatMap(\.objective).filter(\.isFinite).min() ?? 0
        fullSeconds = Self.median(runs.filter { !$0.stepSeconds.isEmpty }.map { $0.stepSeconds.reduce(0, +) })
        stepSeconds = Self.median(runs.flatMap(\.stepSeconds))
    }

    static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return sorted.isEmpty ? 1 : sorted[sorted.count / 2]
    }
}

extension CurveTable {
    /// Reads `NAME.curves.csv.gz` (config, step, metric, elapsed_s) and, where there is one, `NAME.configs.csv.gz`:
    /// configurations without a curve never reported and count as failures.
    init(curves path: String) {
        let name = String(path.split(separator: "/").last!.split(separator: ".")[0])
        var points: [Int: [(step: Int, value: Double, elapsed: Double?)]] = [:]
        for line in Self.lines(path).dropFirst() {
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
            guard fields.count >= 3, let id = Int(fields[0]), let step = Double(fields[1]) else { continue }
            let elapsed = fields.count > 3 ? Double(fields[3]) : nil
            points[id, default: []].append((Int(step), Double(fields[2]) ?? .nan, elapsed))
        }
        var ids = Set(points.keys)
        let configs = path.replacingOccurrences(of: ".curves.", with: ".configs.")
        if FileManager.default.fileExists(atPath: configs) {
            ids.formUnion(
                Self.lines(configs).dropFirst().compactMap { $0.split(separator: ",").first.flatMap { Int($0) } })
        }
        self.init(name: name, runs: ids.sorted().map { Self.run(points[$0] ?? []) })
    }

    private static func run(_ points: [(step: Int, value: Double, elapsed: Double?)]) -> SimulatedTrial {
        let points = points.sorted { $0.step < $1.step }
        var last = 0.0
        let seconds = points.map { point in
            defer { last = point.elapsed ?? last }
            return max(1e-3, point.elapsed.map { $0 - last } ?? 100)
        }
        return SimulatedTrial(objective: points.map(\.value), stepSeconds: seconds, fails: points.isEmpty)
    }

    private static func lines(_ path: String) -> [Substring] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = path.hasSuffix(".gz") ? ["gzip", "-dc", path] : ["cat", path]
        let pipe = Pipe()
        process.standardOutput = pipe
        do { try process.run() } catch { fatalError("cannot read \(path): \(error)") }
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self).split(separator: "\n")
    }
}
