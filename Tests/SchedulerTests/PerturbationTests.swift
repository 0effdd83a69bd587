import HyperSchedProtocol
import Testing

@testable import Scheduler

@Suite struct PerturbationTests {
    static let domains: [ParameterDomain] = [
        .constant(.int(3)), .categorical(values: [.int(16), .int(64), .int(32)], probabilities: nil),
        .categorical(values: [.string("a"), .string("b"), .string("c")], probabilities: [0.5, 0, 0.5]),
        .intUniform(min: 1, max: 8), .uniform(min: -1, max: 1), .quantizedUniform(min: 0, max: 1, q: 0.3),
        .logUniform(min: 1e-4, max: 1), .quantizedLogUniform(min: 1, max: 100, q: 1),
        .inverseLogUniform(min: 1, max: 100), .normal(mu: 0, sigma: 1), .quantizedNormal(mu: 0, sigma: 2, q: 0.5),
        .logNormal(mu: 0, sigma: 1), .quantizedLogNormal(mu: 2, sigma: 1, q: 1),
    ]

    private func change(
        _ domain: ParameterDomain, _ value: ParameterValue, factor: Double = 1.2, resample: Double = 0,
        seed: UInt64 = 1
    ) -> ParameterValue {
        domain.perturbed(value, factors: [factor], resample: resample, CounterRandom(seed: seed))
    }

    @Test("Numbers are multiplied and kept within their domain; whole ones move at least by one")
    func numbers() {
        #expect(change(.logUniform(min: 1e-4, max: 1), .real(0.1)) == .real(0.1 * 1.2))
        #expect(change(.uniform(min: 0, max: 0.11), .real(0.1)) == .real(0.11))
        #expect(change(.uniform(min: 0.09, max: 1), .real(0.1), factor: 0.8) == .real(0.09))
        #expect(change(.intUniform(min: 1, max: 100), .int(50)) == .int(60))
        #expect(change(.intUniform(min: 1, max: 8), .int(2)) == .int(3), "2.4 rounds to 2, so one more")
        #expect(change(.intUniform(min: 1, max: 8), .int(2), factor: 0.8) == .int(1))
        #expect(change(.intUniform(min: 1, max: 8), .int(8)) == .int(8))
        #expect(change(.quantizedUniform(min: 0, max: 1, q: 0.1), .real(0.2), factor: 0.9) == .real(0.1))
        #expect(change(.constant(.int(3)), .int(3), resample: 1) == .int(3))
        #expect(change(.normal(mu: 0, sigma: 1), .real(-2)) == .real(-2.4))
    }

    @Test("Of listed numbers the neighbour in size is taken, whatever their order; words are drawn anew")
    func lists() {
        let sizes = ParameterDomain.categorical(values: [.int(16), .int(64), .int(32)], probabilities: nil)
        #expect(change(sizes, .int(16)) == .int(32))
        #expect(change(sizes, .int(64), factor: 0.8) == .int(32))
        #expect(change(sizes, .int(64)) == .int(64))
        let words = ParameterDomain.categorical(values: [.string("a"), .string("b")], probabilities: [0, 1])
        #expect(change(words, .string("a")) == .string("b"))
    }

    @Test("A perturbed value is one that could have been drawn", arguments: 0..<UInt64(200))
    func stayInTheDomain(seed: UInt64) {
        for (place, domain) in Self.domains.enumerated() {
            let random = CounterRandom(seed: seed).stream(UInt64(place))
            var value = domain.draw(random)
            // Many generations, one after the other.
            for generation in 0..<10 as Range<UInt64> {
                value = domain.perturbed(
                    value, factors: [0.8, 1.2, 3], resample: 0.2, random.stream("child").stream(generation))
                #expect(isLegal(value, domain), "\(domain): \(value.text)")
            }
        }
    }

    private func isLegal(_ value: ParameterValue, _ domain: ParameterDomain) -> Bool {
        switch domain {
        case .constant(let fixed): value == fixed
        case .categorical(let values, _): values.contains(value)
        case .intUniform(let min, let max):
            if case .int(let number) = value { (min...max).contains(number) } else { false }
        case .uniform(let min, let max), .logUniform(let min, let max), .inverseLogUniform(let min, let max):
            value.number.map { $0 >= min && $0 <= max } ?? false
        case .beta: value.number.map { (0...1).contains($0) } ?? false
        case .quantizedUniform, .quantizedLogUniform, .quantizedBeta:
            (0..<domain.valueCount!).contains { domain.value(at: $0) == value }
        case .quantizedNormal(_, _, let q), .quantizedLogNormal(_, _, let q):
            value.number.map { abs(($0 / q).rounded() * q - $0) < 1e-9 } ?? false
        case .normal, .logNormal: value.number?.isFinite ?? false
        }
    }

    @Test(
        "A child's configuration depends on the sweep's seed, its index and the parameter's name, and on nothing else")
    func draws() {
        let names = ["b", "a"]
        func configuration(_ order: [String], seed: UInt64 = 7, index: Int = 4) -> Configuration {
            let spec = Fixture.spec(
                Fixture.pbt, seed: seed,
                parameters: order.map { Parameter(name: $0, domain: .uniform(min: 0, max: 100)) })
            let parent = Configuration(order.map { ($0, .real(10)) })
            return spec.perturbed(parent, ofTrial: index, PBTOptions())
        }
        #expect(configuration(names) == configuration(names.reversed()))
        let variants =
            (0..<20).map { configuration(names, index: $0) } + (0..<20).map { configuration(names, seed: $0) }
        #expect(Set(variants).count > 20)
        // 0.8 and 1.2 times, and fresh draws: about a quarter.
        let values = (0..<2000).map { configuration(["a"], index: $0)["a"]!.number! }
        let fresh = values.filter { $0 != 8 && $0 != 12 }.count
        #expect(abs(Double(fresh) - 500) < 100)
        #expect(abs(values.filter { $0 == 8 }.count - values.filter { $0 == 12 }.count) < 200)
    }
}

@Suite struct OldRecordTests {
    @Test("What older versions stored is read with the defaults of what they did not know")
    func oldOptions() throws {
        let asha = try WireCoding.decode(
            PolicySpec.self, from: #"{"asha":{"_0":{"kind":"stopping","reductionFactor":3}}}"#)
        #expect(asha == .asha(ASHAOptions(kind: .stopping, reductionFactor: 3)))
        let text =
            #"{"hypersched":{"_0":{"allocation":"top_job","cooldownReports":5,"countOverhead":true,"#
            + #""dropAtClosing":false,"gainThreshold":1.1,"limitAdmission":true,"reductionFactor":4,"#
            + #""speculation":true}}}"#
        let hypersched = try WireCoding.decode(PolicySpec.self, from: text)
        #expect(hypersched == .hypersched(HyperSchedOptions(allocation: .topJob, dropAtClosing: false)))
    }

    @Test("Everything new survives being stored")
    func roundTrip() throws {
        var trial = Fixture.trial(3)
        trial.lineage = Lineage(parent: TrialID(1), parentStep: 5, replaces: TrialID(2))
        trial.policy.membership = PopulationMembership()
        trial.policy.membership?.score = Rung.worstScore
        trial.policy.membership?.replacedBy = TrialID(9)
        trial.policy.median = MedianSketch()
        trial.policy.median?.points = [nil, 0.1 + 0.2, nil, -1e300]
        #expect(try WireCoding.decode(TrialRecord.self, from: WireCoding.encodeText(trial)) == trial)
        for policy in PolicyPropertyTests.policies {
            #expect(try WireCoding.decode(PolicySpec.self, from: WireCoding.encodeText(policy)) == policy)
        }
    }
}
