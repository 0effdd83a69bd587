import HyperSchedProtocol
import Testing

@testable import Scheduler

@Suite struct SearchSpaceTests {
    private static func words(_ words: String...) -> ParameterDomain {
        .categorical(values: words.map { .string($0) }, probabilities: nil)
    }

    private static func when(_ parent: String, _ values: ParameterValue...) -> [ParameterCondition] {
        [ParameterCondition(parent: parent, values: values)]
    }

    /// momentum only with sgd; nesterov only with momentum 0.9; the child is declared before its parent.
    static let optimizer = [
        Parameter(
            name: "momentum", domain: .categorical(values: [.real(0), .real(0.9)], probabilities: nil),
            conditions: when("optimizer", .string("sgd"))),
        Parameter(name: "optimizer", domain: words("sgd", "adam")),
        Parameter(name: "layers", domain: .intUniform(min: 1, max: 3)),
        Parameter(
            name: "nesterov", domain: .categorical(values: [.bool(true), .bool(false)], probabilities: nil),
            conditions: when("momentum", .real(0.9))),
    ]

    private func text(_ configuration: Configuration) -> String {
        configuration.entries.map { "\($0.name)=\($0.value.text)" }.joined(separator: " ")
    }

    @Test("A conditional grid: every legal configuration once, nothing else")
    func conditionalGrid() {
        let space = SearchSpace(Self.optimizer)
        #expect(space.size == 3 * (1 + 1 + 2))
        let all = (0..<space.size!).map { text(space.point(at: $0)) }
        #expect(Set(all).count == 12)
        #expect(all.contains("layers=2 momentum=0.9 nesterov=false optimizer=sgd"))
        #expect(all.filter { $0.contains("adam") }.sorted() == (1...3).map { "layers=\($0) optimizer=adam" })
        #expect(!all.contains { $0.contains("momentum=0.0 nesterov") })
    }

    @Test("Two conditions must both hold; a value of an inactive parent does not count")
    func twoConditions() {
        let parameters = [
            Parameter(name: "a", domain: Self.words("x", "y")), Parameter(name: "b", domain: Self.words("x", "y")),
            Parameter(
                name: "c", domain: .intUniform(min: 1, max: 5),
                conditions: Self.when("a", .string("x")) + Self.when("b", .string("y"))),
        ]
        let space = SearchSpace(parameters)
        #expect(space.size == 3 + 5)
        #expect(
            (0..<8).allSatisfy { index in
                let point = space.point(at: index)
                return (point["c"] != nil) == (point["a"] == .string("x") && point["b"] == .string("y"))
            })
    }

    @Test("An endless parameter makes the space endless only where it can exist")
    func endless() {
        let never = Parameter(
            name: "lr", domain: .uniform(min: 0, max: 1), conditions: Self.when("kind", .string("z")))
        let kind = Parameter(name: "kind", domain: Self.words("x", "y"))
        #expect(SearchSpace([kind, never]).size == 2)
        let sometimes = Parameter(
            name: "lr", domain: .uniform(min: 0, max: 1), conditions: Self.when("kind", .string("y")))
        #expect(SearchSpace([kind, sometimes]).size == nil)
    }

    @Test("Draws: what exists fits together, a parent's branches are equally likely whatever their size")
    func draws() {
        let space = SearchSpace(Self.optimizer)
        let drawn = (0..<2000).map { space.draw(CounterRandom(seed: 1).stream(UInt64($0))) }
        for configuration in drawn { #expect((try? space.accepted(configuration).get()) == configuration) }
        let adam = drawn.count { $0["optimizer"] == .string("adam") }
        #expect(abs(adam - 1000) < 100)
        // Without repetition, too: the first of a shuffled space is adam half of the time, although 9 of 12 are sgd.
        let firsts = (0..<UInt64(1000)).map { seed in
            ConfigurationSampler(Fixture.spec(.fifo, seed: seed, parameters: Self.optimizer)).configuration(at: 0)!
        }
        #expect(abs(firsts.count { $0["optimizer"] == .string("adam") } - 500) < 60)
    }

    @Test("A value does not depend on whether others exist")
    func independentStreams() {
        let lr = Parameter(name: "lr", domain: .uniform(min: 0, max: 1))
        let random = CounterRandom(seed: 9)
        #expect(SearchSpace([lr] + Self.optimizer).draw(random)["lr"] == SearchSpace([lr]).draw(random)["lr"])
    }

    @Test("Values that are there twice or can not be drawn do not count, except in a grid")
    func distinct() {
        let doubled = ParameterDomain.categorical(
            values: [.int(1), .real(1), .int(2)], probabilities: [0.3, 0.2, 0.5])
        #expect(
            doubled.distinct(skipsImpossible: true)
                == .categorical(values: [.int(1), .int(2)], probabilities: [0.5, 0.5]))
        let impossible = ParameterDomain.categorical(values: [.int(1), .int(2)], probabilities: [1, 0])
        let parameter = Parameter(name: "a", domain: impossible)
        #expect(SearchSpace([parameter]).size == 1)
        #expect(ConfigurationSampler(Fixture.spec(.fifo, parameters: [parameter], method: .grid)).count == 2)
    }

    @Test(
        "Every method goes through a finite space without repetition, and then has no more",
        arguments: SearchMethod.allCases.filter { $0 != .external })
    func noRepetition(method: SearchMethod) {
        let parameters = Self.optimizer + [Parameter(name: "size", domain: .quantizedLogUniform(min: 1, max: 20, q: 4))]
        for seed in 0..<UInt64(5) {
            let spec = Fixture.spec(.fifo, steps: 1...8, seed: seed, parameters: parameters, method: method)
            var sampler = ConfigurationSampler(spec)
            var seen: Set<Configuration> = []
            while let next = sampler.configuration(at: seen.count) {
                #expect(seen.insert(next).inserted, "\(method) repeated \(text(next))")
                var trial = Samples.trial(seen.count - 1, next)
                sampler.created(trial)
                trial.state = .completed
                trial.bestScore = Double(seen.count % 7)
                sampler.observe(trial)
            }
            #expect(seen.count == 12 * 5 && sampler.count == 60)
            #expect(!sampler.hasConfiguration(at: seen.count))
        }
    }

    @Test("A finite space too large to be listed is not repeated either")
    func largeSpaces() {
        let even = [Parameter(name: "a", domain: .intUniform(min: 1, max: 1 << 40))]
        let sampler = ConfigurationSampler(Fixture.spec(.fifo, parameters: even))
        #expect(Set((0..<5_000).map { sampler.configuration(at: $0)! }).count == 5_000)
        let skewed = [
            Parameter(
                name: "a",
                domain: .categorical(
                    values: (0..<5000).map { .int($0) },
                    probabilities: (0..<5000).map { $0 == 0 ? 0.5001 : 0.0001 }))
        ]
        let first = ConfigurationSampler(Fixture.spec(.fifo, parameters: skewed)).first(
            200, of: Fixture.spec(.fifo, parameters: skewed))
        #expect(Set(first).count == 200)
    }

    @Test("Conditions that can not be")
    func problems() {
        func messages(_ parameters: Parameter...) -> [String] { SearchSpace.problems(in: parameters).map(\.message) }
        let kind = Parameter(name: "opt.kind", domain: Self.words("x", "y"))
        func child(_ name: String, _ parent: String, _ value: ParameterValue) -> Parameter {
            Parameter(
                name: name, domain: .intUniform(min: 1, max: 2),
                conditions: [ParameterCondition(parent: parent, values: [value])])
        }
        #expect(messages(kind, child("a", "kind", .string("x"))) == ["there is no parameter 'kind'"])
        #expect(
            SearchSpace.problems(in: [kind, child("a", "kind", .string("x"))])[0].fix
                == "write the whole name 'opt.kind'")
        #expect(messages(kind, child("a", "opt.kind", .string("z"))) == ["'z' is no value of 'opt.kind'"])
        let lr = Parameter(name: "lr", domain: .uniform(min: 0, max: 1))
        #expect(messages(lr, child("a", "lr", .real(0.5))) == ["'lr' has no list of values to choose from"])
        #expect(
            messages(child("a", "b", .int(1)), child("b", "c", .int(1)), child("c", "a", .int(1)))
                == ["depends on itself, by way of a, b, c"])
        #expect(messages(child("a", "a", .int(1))) == ["depends on itself, by way of a"])
        #expect(messages(child("a", "b", .real(1)), child("b", "opt.kind", .string("y")), kind).isEmpty)
    }

    @Test("Proposals from outside: taken as the domains write them, or refused with all that is wrong")
    func proposals() throws {
        let space = SearchSpace(
            Self.optimizer + [Parameter(name: "net.width", domain: .intUniform(min: 8, max: 64), groups: ["net"])])
        typealias Entry = Configuration.Entry
        let width = Entry(name: "net.width", groups: ["net"], value: .real(16))
        let good = Configuration(
            entries: [Entry(name: "optimizer", value: .string("adam")), Entry(name: "layers", value: .int(2)), width])
        let taken = try space.accepted(good).get()
        #expect(taken["net.width"] == .int(16))
        func errors(_ entries: Entry...) -> [String] {
            guard case .failure(let error) = space.accepted(Configuration(entries: entries)) else { return [] }
            return error.errors.map { "\($0.field): \($0.message)" }
        }
        #expect(
            errors(
                Entry(name: "optimizer", value: .string("adam")), Entry(name: "momentum", value: .real(0.9)),
                Entry(name: "layers", value: .int(4)), Entry(name: "net.width", value: .int(8)),
                Entry(name: "lr", value: .real(1)))
                == [
                    "configuration.momentum: does not exist beside the other values",
                    "configuration.layers: expected a whole number from 1 to 3, found '4'",
                    "configuration.net.width: expected a whole number from 8 to 64, found it nested otherwise",
                    "configuration.lr: the sweep has no such parameter",
                ])
        #expect(
            errors(Entry(name: "optimizer", value: .string("sgdd")), Entry(name: "layers", value: .real(.nan)), width)
                == [
                    "configuration.optimizer: expected one of sgd, adam, found 'sgdd'",
                    "configuration.layers: expected a whole number from 1 to 3, found 'nan'",
                ])
        #expect(errors(width).count == 2)
    }

    @Test("A child of population based training has what exists beside its values")
    func perturbed() {
        let spec = Fixture.spec(.fifo, parameters: Self.optimizer)
        let space = SearchSpace(Self.optimizer)
        for index in 0..<200 {
            let parent = space.draw(CounterRandom(seed: UInt64(index)))
            let child = spec.perturbed(parent, ofTrial: index, PBTOptions())
            #expect((try? space.accepted(child).get()) == child)
        }
    }

    @Test("Nested configurations are nested JSON, and come back as they were")
    func nestedJSON() throws {
        typealias Entry = Configuration.Entry
        let configuration = Configuration(entries: [
            Entry(name: "a", value: .int(1)), Entry(name: "opt.lr", groups: ["opt"], value: .real(0.5)),
            Entry(name: "opt.sched.kind", groups: ["opt", "sched"], value: .string("cosine")),
            Entry(name: "flat.name", value: .bool(true)),
        ])
        let text = WireCoding.encodeText(configuration)
        #expect(text == #"{"a":1,"flat.name":true,"opt":{"lr":0.5,"sched":{"kind":"cosine"}}}"#)
        #expect(try WireCoding.decode(Configuration.self, from: WireCoding.encode(configuration)) == configuration)
        #expect(configuration.entries.map(\.key) == ["a", "flat.name", "lr", "kind"])
        let deep = String(repeating: #"{"a":"#, count: 30) + "1" + String(repeating: "}", count: 30)
        #expect(throws: (any Error).self) { try WireCoding.decode(Configuration.self, from: Array(deep.utf8)) }
        for text in [#"{"a":[1,2]}"#, #"{"a":null}"#] {
            let read = try WireCoding.decode(Configuration.self, from: Array(text.utf8))
            #expect(WireCoding.encodeText(read) == text)
        }
    }
}

/// Trials for samplers.
enum Samples {
    static func trial(_ index: Int, _ configuration: Configuration) -> TrialRecord {
        TrialRecord(
            id: TrialID(Int64(index) + 1), sweep: SweepID(1), index: index, configuration: configuration, seed: 0,
            createdAt: Timestamp(milliseconds: 0))
    }
}
