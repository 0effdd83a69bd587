import Foundation
import Simulator
import Synchronization

/// Runs every policy on every cell, on several threads.
struct BenchRun {
    let options: BenchOptions

    init(_ options: BenchOptions) { self.options = options }

    func run() -> BenchReport {
        let cells = options.cells
        let policies = options.policies
        let floors = Dictionary(uniqueKeysWithValues: options.tables.map { ($0.name, $0.floor) })
        let next = Atomic(0)
        let results = Mutex([[Measurement]](repeating: [], count: cells.count))
        DispatchQueue.concurrentPerform(iterations: options.threads) { _ in
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                guard index < cells.count else { return }
                let (cell, pool) = (cells[index], cells[index].pool)
                let floor = floors[cell.table.name]!
                let scale = cell.scale(pool, floor: floor)
                let row = policies.map { Measurement(cell, $0.spec(cell), pool: pool, scale: scale, floor: floor) }
                results.withLock { $0[index] = row }
            }
        }
        return BenchReport(
            cells: cells, policies: policies.map(\.name), rows: results.withLock { $0 }, details: options.details)
    }
}
