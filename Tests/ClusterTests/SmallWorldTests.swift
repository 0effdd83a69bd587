import HyperSchedProtocol
import Testing

@testable import Scheduler

/// All states of small worlds, policy by policy.
@Suite struct SmallWorldTests {
    static let policies: [PolicySpec] = [
        .fifo, .asha(ASHAOptions(reductionFactor: 2)), .asha(ASHAOptions(kind: .stopping, reductionFactor: 2)),
        .hyperband(HyperbandOptions(reductionFactor: 2)), .median(MedianOptions(minTrials: 1)),
        .pbt(PBTOptions(population: 2, interval: 1, quantile: 0.5)),
        .hypersched(HyperSchedOptions(reductionFactor: 2)),
        .hypersched(HyperSchedOptions(reductionFactor: 2, cooldownReports: 0, dropAtClosing: false)),
        .deadline(DeadlineOptions()),
    ]

    @Test("Two slots, three trials, two steps", arguments: policies)
    func threeTrials(policy: PolicySpec) {
        report(
            SmallWorld(policy: policy, fails: false, instants: [0, 100], limit: 2500), "three trials", isComplete: false
        )
    }

    @Test("Crashes, and time to stop", arguments: policies)
    func crashes(policy: PolicySpec) {
        report(SmallWorld(policy: policy, trials: 2), "crashes")
    }

    @Test("Two agents, of which one forgets its attempts; NaN among the values", arguments: policies)
    func losses(policy: PolicySpec) {
        report(
            SmallWorld(
                policy: policy, agents: [1, 1], trials: 2, values: [0.5, .nan], fails: false, losses: 1,
                instants: [0, 100]), "losses, NaN")
    }

    /// - Parameter isComplete: all states must be found; else the search ends at the limit.
    private func report(_ world: SmallWorld, _ name: String, isComplete: Bool = true) {
        let survey = world.explore()
        print(
            "small world, \(name), \(world.policy.name): \(survey.places) states, \(survey.events) events"
                + (survey.isComplete ? "" : ", cut off"))
        #expect(survey.isComplete || !isComplete, "more than \(world.limit) states")
        // A world in which nothing happens would pass every check.
        #expect(survey.places > 100)
        #expect(survey.ends[.deadlineReached] ?? 0 > 0 && survey.ends[.finished] ?? 0 > 0, "\(survey.ends)")
    }
}
