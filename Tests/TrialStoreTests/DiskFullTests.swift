import GRDB
import HyperSchedProtocol
import Scheduler
import Testing

@testable import TrialStore

/// A full disk refuses writes, keeps reads going, and needs nobody to recover.
@Suite struct DiskFullTests {
    @Test func readsGoOnAndWritesComeBack() async throws {
        let directory = TemporaryDirectory()
        let database = try directory.database()
        try await database.commit(Samples.running, at: Samples.start)
        let pages = try database.limitPages(to: 0)
        var large = ClusterChanges()
        large.decisions = (0..<500).map { Samples.decision(String(repeating: "x", count: 1000) + "\($0)") }
        large.reports = [Samples.report(sequence: 1)]
        let refused = await #expect(throws: StoreError.self) { try await database.commit(large, at: Samples.start) }
        guard case .full = refused else {
            Issue.record("\(String(describing: refused))")
            return
        }
        // Nothing of it is there, and what was there can be read.
        #expect(try await database.load().trials.count == 1)
        #expect(try await database.curve(of: TrialID(1), limit: 10, cursor: nil).items.isEmpty)
        _ = try database.limitPages(to: pages + 10_000)
        try await database.commit(large, at: Samples.start)
        #expect(try await database.curve(of: TrialID(1), limit: 10, cursor: nil).items.count == 1)
    }
}

extension TrialStoreDatabase {
    /// Lets the file grow to so many pages of its own (SQLite never goes below what it has); gives the number in use.
    func limitPages(to count: Int) throws -> Int {
        try pool.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA max_page_count = \(max(1, count))")
            return try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
        }
    }
}
