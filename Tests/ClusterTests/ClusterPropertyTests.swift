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
