import HyperSchedProtocol
import Scheduler
import SweepFile
import Testing

@Suite struct ExplanationTests {
    private func explain(_ fixture: SweepFixture, agents: [AgentSummary] = [], secondsPerStep: Double? = nil) throws
        -> SweepExplanation
    {
        let pace = secondsPerStep.map { MeasuredPace(setupSeconds: 10, stepSeconds: $0, minSlots: 1, unit: "step") }
        return try SweepExplainer(good(fixture.text), now: now, agents: agents, pace: pace, paceOf: "sweep 3")
            .explanation()
    }

    private func agent(_ name: String, cpus: Int, labels: [String: String] = [:], state: AgentSummary.State = .live)
        -> AgentSummary
    {
        AgentSummary(
            id: AgentID(name), state: state, slots: (0..<cpus).map { Slot(index: $0, kind: .cpu) }, labels: labels,
            attempts: [], slotsHeld: 0, lastSyncSeconds: 1, version: "1")
    }

    @Test func conditionsAndMethods() throws {
        var fixture = SweepFixture()
        fixture.parameters = """
            parameters:
              optimizer: {values: [sgd, adam]}
              momentum: {min: 0.0, max: 0.9, condition: {optimizer: [sgd]}}
            """
        fixture.method = "method: tpe"
        let learned = try explain(fixture)
        #expect(learned.text.contains("only if    momentum: optimizer is sgd"))
        #expect(learned.text.contains("space      tpe over optimizer, momentum: unbounded"))
        #expect(learned.text.contains("first configurations, before there are 10 trials to learn from"))
        let isAdam = learned.firstConfigurations.map { $0["optimizer"] == .string("adam") }
        #expect(learned.firstConfigurations.map { $0["momentum"] == nil } == isAdam && isAdam.count == 5)
        fixture.method = "method: external"
        let external = try explain(fixture)
        #expect(external.firstConfigurations.isEmpty)
        #expect(external.text.contains { $0.contains("POST /api/v1/sweeps/ID/configurations") })
    }

    @Test func theWholeText() throws {
        var fixture = SweepFixture()
        fixture.method = "method: grid"
        fixture.parameters = "parameters: {lr: {values: [0.1, 0.01]}, layers: {min: 1, max: 4}}"
        fixture.block = "in: 26h, seed: 3, steps: {unit: epoch, max: 64}, slots: {min: 1, max: 8, labels: {zone: a}}"
        let explanation = try explain(fixture, agents: [agent("n1", cpus: 2, labels: ["zone": "a"])])
        #expect(
            explanation.text == [
                "sweep      train.py",
                "runs       ${env} ${interpreter} train.py ${args}",
                "metric     maximize val_acc",
                "deadline   2026-11-25T08:00:00.000Z, 1 d 2 h from now",
                "policy     deadline, eta 3",
                "rungs      rung 1 epoch, 2 epochs, 4 epochs, 8 epochs, 16 epochs, 32 epochs; keep the top 1/3; complete at "
                    + "64 epochs",
                "space      grid over lr, layers: 8 configurations",
                "trials     at most 8",
                "slots      cpu, 1 to 8 per trial, zone=a",
                "seed       3",
                "first configurations",
                "  1. layers=1 lr=0.1",
                "  2. layers=2 lr=0.1",
                "  3. layers=3 lr=0.1",
                "  4. layers=4 lr=0.1",
                "  5. layers=1 lr=0.01",
                "warning: slots.max is 8, but no agent has more than 2: that is the most a trial gets",
            ])
        #expect(explanation.obstacles == [])
        #expect(explanation.gridSize == 8)
    }

    @Test func theConfigurationsAreThoseOfTheSampler() throws {
        let explanation = try explain(SweepFixture())
        #expect(explanation.gridSize == nil)
        #expect(explanation.trialLimit == 10_000)
        #expect(
            explanation.firstConfigurations
                == ConfigurationSampler(explanation.spec).first(5, of: explanation.spec))
    }

    @Test func whatCanNotWorkIsSaid() throws {
        var fixture = SweepFixture()
        fixture.block = "in: 1m, steps: {max: 9}, slots: {min: 4, labels: {zone: a}}, checkpoint: {grace: 1m}"
        let small = agent("n1", cpus: 2, labels: ["zone": "a"])
        let obstacles = try explain(fixture, agents: [small], secondsPerStep: 90).obstacles
        #expect(obstacles.count == 3)
        #expect(obstacles[0] == "slots.min is 4, but the largest agent has 2 cpu slots: no trial can start")
        #expect(obstacles[1].hasPrefix("the deadline is 60.0 s away"))
        #expect(
            obstacles[2]
                == "no trial can reach the first rung (step 1): a start takes 10 s and one step 90 s on 1 slot in "
                + "sweep 3, so that needs 100 s, but 57 s are left for training. Choose a later deadline or a smaller "
                + "steps.min")
        let others = [
            agent("n2", cpus: 8, labels: ["zone": "b"]), agent("n3", cpus: 8, labels: ["zone": "a"], state: .lost),
        ]
        #expect(try explain(fixture, agents: others).obstacles[0] == "no agent offers cpu slots with the labels zone=a")
    }

    @Test func remarksAreMade() throws {
        var fixture = SweepFixture()
        fixture.method = "method: grid"
        fixture.parameters = "parameters: {x: {min: 1, max: 100}}"
        fixture.block = "in: 1h, steps: {min: 9, max: 9}, limits: {trials: 10}"
        let explanation = try explain(fixture)
        #expect(explanation.trialLimit == 10)
        #expect(explanation.rungs == [])
        #expect(
            explanation.warnings == [
                "slots: no agent is known yet; trials wait until one comes",
                "limits.trials is 10: the last 90 points are left out",
                "steps.min equals steps.max: there is no rung, so that no trial is ever stopped early",
            ])
    }

    @Test(arguments: [
        (
            "hyperband",
            "hyperband, promotion, eta 3: 57 % of the trials from 1, 24 % of the trials from 3, "
                + "10 % of the trials from 9, 6 % of the trials from 27, 3 % of the trials from the end"
        ),
        (
            "{name: hyperband, kind: stopping, brackets: 1}",
            "hyperband, stopping, eta 3, cutoff by percentile: 100 % of the trials from 1"
        ),
        (
            "median",
            "median of the average of reached trials (3 or more), at 1 epoch and every 2 epochs from there, "
                + "prune"
        ),
        (
            "pbt",
            "pbt, population as large as the slots allow; every 8 epochs the worst 25 % make room for copies of "
                + "the best"
        ),
        ("{name: asha, delay: true}", "asha, promotion, eta 4, delayed"),
    ])
    func everyPolicyIsPutIntoWords(policy: String, text: String) throws {
        var fixture = SweepFixture()
        fixture.block = "in: 26h, steps: {unit: epoch, max: 81}, policy: \(policy)"
        let lines = try explain(fixture).text
        #expect(lines.contains("policy     \(text)"), "\(lines)")
    }

    @Test func policiesThatCanNotDoWhatTheyShouldAreRemarkedOn() throws {
        var fixture = SweepFixture()
        func warnings(_ policy: String) throws -> [String] {
            fixture.block = "in: 26h, steps: {max: 9}, limits: {trials: 4}, policy: \(policy)"
            return try explain(fixture, agents: [agent("n1", cpus: 8)]).warnings
        }
        #expect(
            try warnings("{name: hyperband, brackets: 7}") == [
                "policy.brackets is 7, but there are only 3 between steps.min and steps.max"
            ])
        #expect(
            try warnings("{name: pbt, population: 4}") == [
                "limits.trials is 4: none is left for children of the population of 4",
                "policy.population is 4: of 8 slots at most 4 are used",
            ])
        #expect(
            try warnings("{name: median, grace_steps: 9}") == [
                "policy.grace_steps: no trial is ever judged before 9 steps"
            ])
    }

    @Test func itTravelsAsJSON() throws {
        let explanation = try explain(SweepFixture())
        #expect(try WireCoding.decode(SweepExplanation.self, from: WireCoding.encode(explanation)) == explanation)
    }
}
