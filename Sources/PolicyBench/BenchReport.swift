import Foundation

/// The tables that the benchmark prints.
struct BenchReport {
    let cells: [Cell]
    let policies: [String]
    /// Per cell, per policy.
    let rows: [[Measurement]]
    let details: Bool

    var text: String {
        var lines = [header]
        let tables = ordered(cells.map(\.table.name))
        for table in tables {
            let chosen = cells.indices.filter { cells[$0].table.name == table }
            lines.append(contentsOf: block(table, chosen))
            if details { lines.append(contentsOf: detailBlocks(chosen)) }
        }
        if tables.count > 1 { lines.append(contentsOf: block("ALL", Array(cells.indices))) }
        return lines.joined(separator: "\n")
    }

    private var header: String {
        pad("table", 18) + pad("policy", 34) + "regret   s.e.    used  started restarts  ratio to each [95 %]"
    }

    private func block(_ name: String, _ chosen: [Int]) -> [String] {
        policies.indices.map { policy in
            let regrets = groups(chosen, policy)
            let count = Double(chosen.count)
            let mean = regrets.reduce(0, +) / count
            let ratios = ["hypersched", "asha"].compactMap { rival -> String? in
                guard let other = policies.firstIndex(of: rival), other != policy else { return nil }
                let ratio = BootstrapRatio(regrets, over: groups(chosen, other))
                return String(format: "%@ %.3f [%.3f %.3f]", rival, ratio.ratio, ratio.low, ratio.high)
            }
            let used = chosen.map { rows[$0][policy].utilization }.reduce(0, +) / count
            let started = Double(chosen.map { rows[$0][policy].started }.reduce(0, +)) / count
            let restarts = Double(chosen.map { rows[$0][policy].restarts }.reduce(0, +)) / count
            return pad(name, 18) + pad(policies[policy], 34)
                + String(
                    format: "%.4f  %.4f  %.3f  %6.1f  %6.1f   ", mean, error(regrets, count), used, started, restarts)
                + ratios.joined(separator: "  ")
        }
    }

    /// Regret summed per seed: cells of one seed share its runs, so they are resampled together.
    private func groups(_ chosen: [Int], _ policy: Int) -> [Double] {
        let seeds = ordered(chosen.map { cells[$0].seed })
        var sums = [UInt64: Double]()
        for index in chosen { sums[cells[index].seed, default: 0] += rows[index][policy].regret }
        return seeds.map { sums[$0]! }
    }

    private func error(_ sums: [Double], _ count: Double) -> Double {
        let n = Double(sums.count)
        let mean = sums.reduce(0, +) / n
        let variance = sums.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / max(1, n - 1)
        return (variance / n).squareRoot() * n / count
    }

    private func detailBlocks(_ chosen: [Int]) -> [String] {
        let kinds: [(String, (Cell) -> String)] = [
            ("T", { String($0.ratio) }), ("slots", { String($0.slots) }), ("s", { $0.scalingName }),
            ("T,slots", { "\($0.ratio)/\($0.slots)" }),
        ]
        return kinds.flatMap { kind, key in
            ordered(chosen.map { key(cells[$0]) }).map { value in
                let some = chosen.filter { key(cells[$0]) == value }
                let means = policies.indices.map { policy in
                    String(
                        format: "%.4f (%.2f)", some.map { rows[$0][policy].regret }.reduce(0, +) / Double(some.count),
                        some.map { rows[$0][policy].utilization }.reduce(0, +) / Double(some.count))
                }
                return "    \(pad("\(kind)=\(value)", 22))" + means.joined(separator: "   ")
            }
        }
    }

    private func ordered<T: Hashable>(_ values: [T]) -> [T] {
        var seen = Set<T>()
        return values.filter { seen.insert($0).inserted }
    }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }
}
