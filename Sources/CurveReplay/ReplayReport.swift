import Foundation

/// The tables that a benchmark prints.
public struct ReplayReport: Sendable {
    /// What cells can be told apart by.
    public enum Dimension: String, Sendable, CaseIterable { case table, deadline, slots, scaling, startup }

    public let results: ReplayResults
    /// One block of lines for each combination; the table is always told apart.
    public var by: [Dimension]
    /// The contenders whose regret others are divided by.
    public var rivals: [String]

    public init(_ results: ReplayResults, by: [Dimension] = [], rivals: [String] = ["hypersched", "asha"]) {
        self.results = results
        self.by = by
        self.rivals = rivals
    }

    public var text: String {
        let dimensions = [Dimension.table] + by.filter { $0 != .table }
        let all = Array(results.cells.indices)
        var lines: [String] = []
        let groups = ordered(all.map { key($0, dimensions) })
        for group in groups {
            lines += block(group, all.filter { key($0, dimensions) == group })
        }
        if ordered(all.map { results.cells[$0].table.name }).count > 1 { lines += block("all tables", all) }
        let cost = results.cost
        lines.append(
            String(
                format: "%d simulated sweeps, %.1f processor seconds, %.1f ms each", cost.sweeps, cost.seconds,
                1000 * cost.seconds / Double(max(1, cost.sweeps))))
        return lines.joined(separator: "\n")
    }

    private func key(_ index: Int, _ dimensions: [Dimension]) -> String {
        let cell = results.cells[index]
        return dimensions.map { dimension in
            switch dimension {
            case .table: cell.table.name
            case .deadline: "deadline \(Self.duration(cell.deadlineSeconds))"
            case .slots: "\(cell.agentText) slots"
            case .scaling: "s(a) \(cell.scaling.name)"
            case .startup: String(format: "start-up %.3g s", cell.startupSeconds)
            }
        }.joined(separator: ", ")
    }

    private func block(_ title: String, _ chosen: [Int]) -> [String] {
        let head =
            "  " + pad("", width)
            + "     best  ± s.e.   regret  ± s.e.   held  trained  trials  restarts   regret over that of [95 %]"
        return ["", "\(title) (\(chosen.count) sweeps each)", head]
            + results.contenders.indices.map { line($0, chosen) }
    }

    private var width: Int { max(12, (results.contenders.map(\.count).max() ?? 0) + 1) }

    private func line(_ contender: Int, _ chosen: [Int]) -> String {
        let best = results.mean(contender, over: chosen, \.best)
        let regret = results.mean(contender, over: chosen, \.regret)
        func mean(_ value: (SweepMeasurement) -> Double) -> Double { results.mean(contender, over: chosen, value).mean }
        let ratios = rivals.compactMap { name -> String? in
            guard let rival = results.contenders.firstIndex(of: name), rival != contender else { return nil }
            let ratio = results.ratio(contender, to: rival, over: chosen)
            return String(format: "%@ %.2f (%.2f–%.2f)", name, ratio.ratio, ratio.low, ratio.high)
        }
        return "  " + pad(results.contenders[contender], width)
            + String(
                format: "%9.5g %7.2g  %7.4f %7.4f  %4.0f %%   %4.0f %%  %6.1f    %6.1f   ", best.mean, best.error,
                regret.mean, regret.error, 100 * mean(\.utilization), 100 * mean(\.trained),
                mean { Double($0.started) }, mean { Double($0.restarts) })
            + ratios.joined(separator: "  ")
    }

    public static func duration(_ seconds: Double) -> String {
        switch seconds {
        case 7200...: String(format: "%.3g h", seconds / 3600)
        case 120...: String(format: "%.3g min", seconds / 60)
        default: String(format: "%.3g s", seconds)
        }
    }

    private func ordered(_ values: [String]) -> [String] {
        var seen: Set<String> = []
        return values.filter { seen.insert($0).inserted }
    }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }
}
