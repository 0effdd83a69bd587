import HyperSchedProtocol
import Testing

@testable import Scheduler

@Suite struct ExternalTests {
    private static let space = [
        Parameter(name: "x", domain: .uniform(min: 0, max: 1)),
        Parameter(name: "kind", domain: .categorical(values: [.string("a"), .string("b")], probabilities: nil)),
        Parameter(
            name: "n", domain: .intUniform(min: 1, max: 3),
            conditions: [ParameterCondition(parent: "kind", values: [.string("b")])]),
    ]

    private static func spec(
        _ policy: PolicySpec = .fifo, trials: Int = 100, queue: Int = 100, wait: Double = 10
    ) -> SweepSpec {
        var spec = Scene.spec(policy: policy, trials: trials)
        spec.method = .external
        spec.parameters = space
        spec.external = ExternalSearch(waitSeconds: wait, queue: queue)
        return spec
    }

    private static func proposal(_ x: Double, kind: String = "a", n: Int64? = nil, twice: Bool? = nil)
        -> ConfigurationProposal
    {
        var pairs: [(name: String, value: ParameterValue)] = [("x", .real(x)), ("kind", .string(kind))]
        if let n { pairs.append(("n", .int(n))) }
        return ConfigurationProposal(configuration: Configuration(pairs), allowDuplicate: twice)
    }

    private func code(_ result: EventResult) -> String? {
        if case .refused(let problem) = result { problem.code } else { nil }
    }

    private func trial(_ result: EventResult) -> TrialID? {
        if case .proposed(let trial, _) = result { trial } else { nil }
    }

    @Test("Proposals are started on free slots, and as many are wanted as would be started")
    func wanted() {
        var scene = Scene()
        let sweep = scene.submit(Self.spec(trials: 5))
        #expect(scene.state.wantedProposals(of: sweep, at: scene.now) == 0)
        scene.join(slots: 3)
        #expect(scene.state.wantedProposals(of: sweep, at: scene.now) == 3)
        let first = scene.apply(.proposed(sweep, Self.proposal(0.25), key: nil))
        #expect(first == .proposed(TrialID(1), isNew: true))
        #expect(scene.trial(1).state == .running && scene.trial(1).configuration["x"] == .real(0.25))
        #expect(scene.state.wantedProposals(of: sweep, at: scene.now) == 2)
        for x in [0.1, 0.2, 0.3] { scene.apply(.proposed(sweep, Self.proposal(x), key: nil)) }
        #expect(scene.trial(4).state == .waiting)
        #expect(scene.state.wantedProposals(of: sweep, at: scene.now) == 0)
        scene.report(1, step: 10, 0.5)
        scene.end(1, .exited)
        #expect(scene.trial(4).state == .running)
        // limits.trials is 5.
        scene.join(slots: 8)
        #expect(scene.state.wantedProposals(of: sweep, at: scene.now) == 1)
    }

    @Test("A key makes it safe to say the same again; another configuration under it is refused")
    func keys() {
        var scene = Scene()
        let sweep = scene.submit(Self.spec())
        scene.join(slots: 1)
        #expect(scene.apply(.proposed(sweep, Self.proposal(0.5), key: "a")) == .proposed(TrialID(1), isNew: true))
        #expect(scene.apply(.proposed(sweep, Self.proposal(0.5), key: "a")) == .proposed(TrialID(1), isNew: false))
        #expect(code(scene.apply(.proposed(sweep, Self.proposal(0.6), key: "a"))) == "idempotency_key_reused")
        #expect(code(scene.apply(.proposed(sweep, Self.proposal(7), key: "a"))) == "idempotency_key_reused")
        scene.apply(.sweepCancelled(sweep))
        // Still so when the sweep is over.
        #expect(scene.apply(.proposed(sweep, Self.proposal(0.5), key: "a")) == .proposed(TrialID(1), isNew: false))
        #expect(code(scene.apply(.proposed(sweep, Self.proposal(0.7), key: "b"))) == "sweep_over")
    }

    @Test("What is refused, and that nothing has changed then")
    func refusals() {
        var scene = Scene()
        let other = scene.submit(Scene.spec())
        let sweep = scene.submit(Self.spec(trials: 4, queue: 2))
        func refused(_ proposal: ConfigurationProposal, _ expected: String, to sweep: SweepID) {
            var copy = scene
            let before = copy.state
            #expect(code(copy.apply(.proposed(sweep, proposal, key: nil))) == expected)
            #expect(copy.state == before)
        }
        refused(Self.proposal(0.5), "not_found", to: SweepID(99))
        refused(Self.proposal(0.5), "not_external", to: other)
        for bad in [
            Self.proposal(1.5), Self.proposal(.nan), Self.proposal(0.5, kind: "c"), Self.proposal(0.5, n: 2),
            Self.proposal(0.5, kind: "b"), Self.proposal(0.5, kind: "b", n: 4),
            ConfigurationProposal(configuration: Configuration([])),
        ] { refused(bad, "invalid_configuration", to: sweep) }
        scene.apply(.proposed(sweep, Self.proposal(0.5, kind: "b", n: 2), key: nil))
        refused(Self.proposal(0.5, kind: "b", n: 2), "duplicate_configuration", to: sweep)
        #expect(trial(scene.apply(.proposed(sweep, Self.proposal(0.5, kind: "b", n: 2, twice: true), key: nil))) != nil)
        refused(Self.proposal(0.1), "queue_full", to: sweep)
        #expect(code(scene.apply(.proposalsClosed(other))) == "not_external")
        var full = Scene()
        let small = full.submit(Self.spec(trials: 1))
        full.apply(.proposed(small, Self.proposal(0.5), key: nil))
        #expect(code(full.apply(.proposed(small, Self.proposal(0.4), key: nil))) == "trial_limit")
    }

    @Test("Slots wait for a proposal, then paused trials have them; the next proposal is waited for again")
    func patience() {
        var scene = Scene()
        let sweep = scene.submit(Self.spec(.asha(ASHAOptions(reductionFactor: 2)), wait: 10))
        scene.join(slots: 1)
        scene.apply(.proposed(sweep, Self.proposal(0.1), key: nil))
        scene.checkpoint(1, step: 1)
        scene.report(1, step: 1, 0.5)
        scene.end(1, .interrupted)
        #expect(scene.trial(1).state == .paused)
        #expect(scene.state.wantedProposals(of: sweep, at: scene.now) == 1)
        #expect(scene.state.warnings(for: sweep, at: scene.now)[0].contains("another program proposes"))
        #expect(scene.state.nextWakeUp(after: scene.now)! <= scene.now.advanced(bySeconds: 10))
        scene.pass(9)
        #expect(scene.trial(1).state == .paused)
        scene.pass(1)
        #expect(scene.trial(1).state == .running, "nothing was proposed for 10 s")
        // One would be taken all the same, as soon as there is room.
        #expect(scene.state.wantedProposals(of: sweep, at: scene.now) == 1)
        scene.apply(.proposed(sweep, Self.proposal(0.2), key: nil))
        #expect(scene.trial(2).state == .waiting)
        #expect(scene.state.wantedProposals(of: sweep, at: scene.now) == 0)
        scene.checkpoint(1, step: 2)
        scene.report(1, step: 2, 0.5)
        scene.end(1, .interrupted)
        #expect(scene.trial(2).state == .running)
        scene.checkpoint(2, step: 1)
        scene.report(2, step: 1, 0.4)
        scene.end(2, .interrupted)
        // The patience is new.
        #expect(scene.trial(1).state == .paused && scene.lease(1) == nil)
        #expect(scene.state.wantedProposals(of: sweep, at: scene.now) == 1)
    }

    @Test("Without proposals the sweep waits until its deadline; told that none will come, it ends with its trials")
    func closing() {
        var scene = Scene()
        let waiting = scene.submit(Self.spec())
        scene.join(slots: 2)
        scene.pass(500)
        #expect(scene.state.sweep(waiting)!.state == .queued)
        let sweep = scene.submit(Self.spec())
        scene.apply(.sweepCancelled(waiting))
        scene.apply(.proposed(sweep, Self.proposal(0.1), key: nil))
        scene.apply(.proposalsClosed(sweep))
        #expect(scene.state.sweep(sweep)!.state == .running)
        #expect(code(scene.apply(.proposed(sweep, Self.proposal(0.2), key: nil))) == "proposals_closed")
        scene.report(1, step: 10, 0.5)
        scene.end(1, .exited)
        #expect(scene.state.sweep(sweep)!.state == .finished)
    }

    @Test("Observations: each change once, the trial as it is now, in the metric's own direction")
    func observations() throws {
        var scene = Scene()
        var spec = Self.spec()
        spec.metric = Metric(name: "acc", goal: .minimize)
        let sweep = scene.submit(spec)
        scene.join(slots: 2)
        scene.apply(.proposed(sweep, Self.proposal(0.1), key: "one"))
        scene.apply(.proposed(sweep, Self.proposal(0.2), key: nil))
        func page(_ after: Int64, _ limit: Int = 10) -> ObservationPage {
            scene.state.observations(of: sweep, after: after, limit: limit, at: scene.now)!
        }
        let started = page(0)
        #expect(started.items.map(\.trial) == [TrialID(1), TrialID(2)] && !started.hasMore)
        #expect(started.items[0].state == .running && started.items[0].key == "one")
        #expect(page(started.cursor).items.isEmpty)
        scene.report(1, step: 1, 0.5)
        scene.report(1, step: 2, 0.7)
        scene.report(1, step: 3, 0.3)
        let after = page(started.cursor)
        #expect(after.items.map(\.trial) == [TrialID(1)])
        #expect(after.items[0].rungs == [.init(step: 1, value: 0.5), .init(step: 2, value: 0.5)])
        #expect(after.items[0].best == 0.3 && after.items[0].bestStep == 3 && after.items[0].last == 0.3)
        #expect(page(0, 1).items.map(\.trial) == [TrialID(2)] && page(0, 1).hasMore)
        scene.end(2, .failed, exit: 64)
        let last = page(after.cursor)
        #expect(last.items.map(\.state) == [.failed])
        #expect(page(.max).items.isEmpty && page(-5).items.count == 2)
        #expect(scene.state.observations(of: SweepID(77), after: 0, limit: 1, at: scene.now) == nil)
    }
}
