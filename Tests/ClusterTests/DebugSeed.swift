import Foundation
import HyperSchedProtocol
import Testing
@testable import Scheduler

@Suite struct DebugSeed {
    @Test func debugSeed() {
        let seed = UInt64(ProcessInfo.processInfo.environment["SEED"] ?? "0")!
        let start = ContinuousClock().now
        var cluster = FaultyCluster(seed: seed)
        cluster.join()
        cluster.submit()
        var n = 0
        for _ in 0..<100 where !cluster.broken {
            cluster.randomEvent()
            n += 1
            if cluster.idle.count > 0 { print("event", n, cluster.idle); cluster.idle = []; print(cluster.state.shares.sorted { $0.key < $1.key })
                for s in cluster.state.activeSweeps { let r = cluster.state.runtimes[s]!; print(s, r.record.state, r.record.spec.policy.name, r.record.spec.slots, "prio", r.record.spec.priority, "held", r.heldSlots, "committed", r.committedSlots, "waiting", r.waiting.count, "paused", r.paused.count, "active", r.active.count, "leaving", r.leaving.count, cluster.state.stopBegins(s).seconds(since: cluster.now)); print(cluster.state.view(of: s, at: cluster.now).largestFree, cluster.state.pool(for: r.record.spec.slots).places.map { ($0.agent, $0.free) }) }
                break
            }
        }
        if !cluster.broken { cluster.settle() }
        print("took", ContinuousClock().now - start)
    }
}
