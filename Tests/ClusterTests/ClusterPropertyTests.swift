import HyperSchedProtocol
import Testing

@testable import Scheduler

@Suite struct ClusterPropertyTests {
    @Test(arguments: 0..<UInt64(200))
    func invariantsHoldUnderRandomEvents(seed: UInt64) {
        var cluster = FaultyCluster(seed: seed)
        cluster.join()
        cluster.submit()
        for _ in 0..<100 where !cluster.broken { cluster.randomEvent() }
        if !cluster.broken { cluster.settle() }
        if !cluster.broken { cluster.checkForecasts() }
    }

    @Test("The same with the later policies alone", arguments: 1000..<UInt64(1200))
    func laterPoliciesKeepTheInvariants(seed: UInt64) {
        var cluster = FaultyCluster(seed: seed)
        cluster.policies = FaultyCluster.laterPolicies
        cluster.join()
        cluster.submit()
        for _ in 0..<50 where !cluster.broken { cluster.randomEvent() }
        cluster.checkLineage()
        if !cluster.broken { cluster.settle() }
    }

    @Test func randomEventsReachWhatTheLaterPoliciesDo() {
        var rules: [String: Int] = [:]
        for (place, policy) in FaultyCluster.laterPolicies.enumerated() {
            for seed in 0..<6 as Range<UInt64> {
                var cluster = FaultyCluster(seed: 100 * UInt64(place) + seed)
                cluster.policies = [policy]
                cluster.join()
                cluster.join()
                cluster.submit()
                for _ in 0..<200 where !cluster.broken { cluster.randomEvent() }
                cluster.checkLineage()
                for decision in cluster.log { rules[decision.reason.rule, default: 0] += 1 }
            }
        }
        for rule in [
            "median", "exploit", "explore", "population", "turn", "rung_cutoff", "rung_promotion", "rung_fill",
        ] {
            #expect(rules[rule, default: 0] > 0, "no decision by \(rule) in \(rules)")
        }
    }

    @Test(arguments: 0..<UInt64(20))
    func equalEventsGiveEqualDecisions(seed: UInt64) {
        func run() -> FaultyCluster {
            var cluster = FaultyCluster(seed: seed)
            cluster.join()
            cluster.submit()
            for _ in 0..<150 { cluster.randomEvent() }
            return cluster
        }
        let (a, b) = (run(), run())
        #expect(a.log == b.log)
        #expect(a.state == b.state)
        #expect(a.store.forecasts == b.store.forecasts && a.store.outcomes == b.store.outcomes)
    }
}
