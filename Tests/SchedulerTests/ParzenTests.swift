import HyperSchedProtocol
import RealModule
import Testing

@testable import Scheduler

@Suite struct ParzenTests {
    private static let plane = [
        Parameter(name: "x", domain: .uniform(min: -5, max: 5)),
        Parameter(name: "y", domain: .logUniform(min: 1e-4, max: 1)),
    ]

    private static func spec(
        _ parameters: [Parameter] = plane, seed: UInt64 = 1, steps: ClosedRange<Int> = 1...16
    ) -> SweepSpec {
        Fixture.spec(.fifo, steps: steps, seed: seed, parameters: parameters, method: .tpe)
    }

    /// Runs `count` trials to the end, one after the other.
    private static func search(_ spec: SweepSpec, _ count: Int, _ score: (Configuration) -> Double)
        -> (best: Double, sampler: ConfigurationSampler, trials: [TrialRecord])
    {
        var sampler = ConfigurationSampler(spec)
        var trials: [TrialRecord] = []
        for index in 0..<count {
            guard let configuration = sampler.configuration(at: index) else { break }
            var trial = Samples.trial(index, configuration)
            sampler.created(trial)
            trial.state = .completed
            trial.bestScore = score(configuration)
            sampler.observe(trial)
            trials.append(trial)
        }
        return (trials.map { $0.bestScore! }.max()!, sampler, trials)
    }

    private static func hill(_ configuration: Configuration) -> Double {
        let (x, y) = (configuration["x"]!.number!, Double.log10(configuration["y"]!.number!))
        return -(x - 1.5) * (x - 1.5) - (y + 2) * (y + 2)
    }

    @Test("It climbs a hill much higher than random search, on the mean of 20 seeds")
    func climbs() {
        var (parzen, random) = (0.0, 0.0)
        for seed in 0..<UInt64(20) {
            parzen += Self.search(Self.spec(seed: seed), 60, Self.hill).best / 20
            let plain = Fixture.spec(.fifo, seed: seed, parameters: Self.plane)
            random += Self.search(plain, 60, Self.hill).best / 20
        }
        // Measured: -0.006 and -0.11.
        #expect(parzen > random / 4, "parzen \(parzen), random \(random)")
    }

    @Test("Sampler state does not depend on how its trials came to be as they are")
    func sameTrialsSameState() {
        let (_, live, trials) = Self.search(Self.spec(), 40, Self.hill)
        var restored = ConfigurationSampler(Self.spec())
        for trial in trials { restored.created(trial) }
        #expect(restored == live)
        #expect(restored.configuration(at: 40) == live.configuration(at: 40))
        var again = restored
        for trial in trials { again.observe(trial) }
        #expect(again == restored)
    }

    @Test("Proposals depend on seed, index and trials alone")
    func pure() {
        let (_, sampler, _) = Self.search(Self.spec(), 30, Self.hill)
        #expect(sampler.configuration(at: 30) == sampler.configuration(at: 30))
        #expect(sampler.configuration(at: 30) != sampler.configuration(at: 31))
    }

    @Test("Running trials push later proposals away")
    func pendingTrials() {
        let (_, start, _) = Self.search(Self.spec(seed: 3), 30, Self.hill)
        func spread(telling: Bool) -> Int {
            var sampler = start
            var cells: Set<Int> = []
            for index in 30..<70 {
                let configuration = sampler.configuration(at: index)!
                cells.insert(Int(configuration["x"]!.number! * 4))
                if telling { sampler.created(Samples.trial(index, configuration)) }
            }
            return cells.count
        }
        #expect(spread(telling: true) > spread(telling: false))
    }

    /// A trial that got so far, with the best score at each milestone.
    private func trial(_ index: Int, x: Double, marks: [Double], _ state: TrialState = .running) -> TrialRecord {
        var trial = Samples.trial(index, Configuration([("x", .real(x)), ("y", .real(0.01))]))
        trial.state = state
        trial.attempt = 1
        var curve = CurveSketch()
        curve.marks = marks.enumerated().map { CurveSketch.Mark(index: $0, best: $1) }
        trial.policy.curve = curve
        trial.bestScore = marks.last
        return trial
    }

    private func meanX(_ sampler: ConfigurationSampler) -> Double {
        (100..<140).reduce(0) { $0 + sampler.configuration(at: $1)!["x"]!.number! } / 40
    }

    @Test("The highest milestone with enough trials counts, not the first scores")
    func levels() {
        // At the first milestone the left side looks better; those that got further show that the right side is.
        var early = ConfigurationSampler(Self.spec())
        var late = early
        for index in 0..<40 {
            let x = index % 2 == 0 ? -3.0 - Double(index) / 50 : 3.0 + Double(index) / 50
            let first = index % 2 == 0 ? 0.6 : 0.4
            early.created(trial(index, x: x, marks: [first]))
            late.created(trial(index, x: x, marks: [first, first, index % 2 == 0 ? 0.6 : 0.9]))
        }
        #expect(meanX(early) < -1)
        #expect(meanX(late) > 1)
    }

    @Test("Too few trials at a milestone do not count yet")
    func fewAtTheTop() {
        var sampler = ConfigurationSampler(Self.spec())
        for index in 0..<40 {
            let isLeft = index % 2 == 0
            let marks = isLeft ? [0.6] : index < 10 ? [0.4, 0.9] : [0.4]
            sampler.created(trial(index, x: isLeft ? -3 : 3, marks: marks))
        }
        #expect(meanX(sampler) < -1)
    }

    @Test("Diverged trials are bad ones; failed ones say nothing")
    func ends() {
        var base = ConfigurationSampler(Self.spec())
        for index in 0..<20 { base.created(trial(index, x: Double(index % 10) - 4.5, marks: [0.5], .pruned)) }
        var (diverged, failed) = (base, base)
        for index in 20..<60 {
            diverged.created(trial(index, x: -4 + Double(index) / 40, marks: [], .diverged))
            failed.created(trial(index, x: -4 + Double(index) / 40, marks: [], .failed))
        }
        #expect(meanX(diverged) > meanX(failed) + 0.3)
        // Nothing but failures: Sobol points go on.
        var hopeless = ConfigurationSampler(Self.spec())
        for index in 0..<30 { hopeless.created(trial(index, x: 0.1 * Double(index), marks: [], .failed)) }
        let sobol = ConfigurationSampler(Fixture.spec(.fifo, seed: 1, parameters: Self.plane, method: .sobol))
        #expect(hopeless.configuration(at: 30) == sobol.configuration(at: 30))
    }

    @Test("The worst score of on_nan: worst is a score like any other")
    func worstScores() {
        var sampler = ConfigurationSampler(Self.spec())
        for index in 0..<40 {
            let score = index % 4 == 0 ? 0.5 : Rung.worstScore
            sampler.created(trial(index, x: index % 4 == 0 ? 3 : -3, marks: [score]))
        }
        #expect(meanX(sampler) > 1)
    }

    @Test("Mixed and conditional spaces: legal proposals, and the good branch is found")
    func conditional() {
        let parameters =
            SearchSpaceTests.optimizer + [
                Parameter(
                    name: "adam.beta", domain: .beta(a: 5, b: 1), groups: ["adam"],
                    conditions: [ParameterCondition(parent: "optimizer", values: [.string("adam")])]),
                Parameter(name: "width", domain: .quantizedLogUniform(min: 8, max: 512, q: 8)),
                Parameter(name: "decay", domain: .logNormal(mu: -5, sigma: 2)),
            ]
        let space = SearchSpace(parameters)
        var (adam, twoLayers) = (0, 0)
        for seed in 0..<UInt64(6) {
            let (_, _, trials) = Self.search(Self.spec(parameters, seed: seed), 60) { configuration in
                #expect((try? space.accepted(configuration).get()) == configuration)
                guard let beta = configuration["adam.beta"]?.number else { return -1 }
                let layers = configuration["layers"]!.number!
                return -(beta - 0.7) * (beta - 0.7) - (layers == 2 ? 0 : 0.5)
            }
            adam += trials.suffix(20).count { $0.configuration["optimizer"] == .string("adam") }
            twoLayers += trials.suffix(20).count { $0.configuration["layers"] == .int(2) }
        }
        // Of 120; at random it would be 60 and 40.
        #expect(adam >= 90 && twoLayers >= 70, "\(adam) \(twoLayers)")
    }

    @Test("A thousand times as many trials do not make a proposal much slower: the others used are bounded")
    func bounded() {
        let (_, small, _) = Self.search(Self.spec(), 300, Self.hill)
        #expect(small.modelSize <= ParzenModel.mostGood + ParzenModel.mostOthers)
        var large = small
        for index in 300..<3000 { large.created(trial(index, x: Double(index % 100) / 20 - 2.5, marks: [-1.0])) }
        #expect(large.modelSize <= ParzenModel.mostGood + ParzenModel.mostOthers)
    }
}
