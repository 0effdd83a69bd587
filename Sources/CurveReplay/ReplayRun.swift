import Foundation
import Simulator
import Synchronization

/// Runs every contender on every cell, on several threads. The result does not depend on their number.
public struct ReplayRun: Sendable {
    public let cells: [ReplayCell]
    public let contenders: [Contender]

    public init(cells: [ReplayCell], contenders: [Contender]) {
        self.cells = cells
        self.contenders = contenders
    }

    /// - Parameter progress: is told the number of cells that are done, from any thread.
    public func run(threads: Int, progress: @escaping @Sendable (Int) -> Void = { _ in }) -> ReplayResults {
        let results = Self.map(cells, threads: threads, progress: progress) { cell in
            let pool = cell.pool
            let setup = cell.setup(pool)
            let scale = RegretScale(setup, runs: pool.count, worst: cell.table.worst)
            return Row(scale: scale, measurements: contenders.map { SweepMeasurement($0, setup, scale) })
        }
        return ReplayResults(
            cells: cells, contenders: contenders.map(\.name), scales: results.map(\.scale),
            rows: results.map(\.measurements))
    }

    private struct Row: Sendable {
        let scale: RegretScale
        let measurements: [SweepMeasurement]
    }

    /// `transform` of each item, in their order, computed on several threads.
    public static func map<Item: Sendable, Result: Sendable>(
        _ items: [Item], threads: Int, progress: @escaping @Sendable (Int) -> Void = { _ in },
        _ transform: @Sendable (Item) -> Result
    ) -> [Result] {
        let next = Atomic(0)
        let done = Atomic(0)
        let results = Mutex([Result?](repeating: nil, count: items.count))
        DispatchQueue.concurrentPerform(iterations: max(1, threads)) { _ in
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                guard index < items.count else { return }
                let result = transform(items[index])
                results.withLock { $0[index] = result }
                progress(done.add(1, ordering: .relaxed).newValue)
            }
        }
        return results.withLock { $0.map { $0! } }
    }
}
