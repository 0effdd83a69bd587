import HyperSchedProtocol
import RealModule
import Testing

@testable import Scheduler

@Suite struct SamplerTests {
    private func spec(_ domains: [ParameterDomain], method: SearchMethod = .random, seed: UInt64 = 1) -> SweepSpec {
        let parameters = domains.enumerated().map { Parameter(name: "p\($0.offset)", domain: $0.element) }
        return Fixture.spec(.fifo, seed: seed, parameters: parameters, method: method)
    }

    /// `count` draws from one domain, as numbers.
    private func draws(_ domain: ParameterDomain, _ count: Int = 20_000) -> [Double] {
        let random = CounterRandom(seed: 5)
        return (0..<count).map { domain.draw(random.stream(UInt64($0))).number! }
    }

    private func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
        let mean = values.reduce(0, +) / Double(values.count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
        return (mean, variance.squareRoot())
    }

    @Test("Uniform: bounds and moments")
    func uniform() {
        let values = draws(.uniform(min: -2, max: 4))
        #expect(values.allSatisfy { $0 >= -2 && $0 <= 4 })
        let (mean, deviation) = moments(values)
        #expect(abs(mean - 1) < 0.05 && abs(deviation - 6 / 12.0.squareRoot()) < 0.03)
        #expect(
            draws(.uniform(min: -.greatestFiniteMagnitude, max: .greatestFiniteMagnitude), 100).allSatisfy {
                $0.isFinite
            })
        #expect(draws(.uniform(min: 3, max: 3), 10).allSatisfy { $0 == 3 })
    }

    @Test("Log-uniform: bounds, and half of the draws below the geometric mean")
    func logUniform() {
        for domain in [ParameterDomain.logUniform(min: 1e-5, max: 1e-1), .inverseLogUniform(min: 1e-5, max: 1e-1)] {
            let values = draws(domain)
            #expect(values.allSatisfy { $0 >= 1e-5 && $0 <= 1e-1 })
            let (mean, deviation) = moments(values.map { Double.log($0) })
            #expect(abs(mean - Double.log(1e-3)) < 0.07)
            #expect(abs(deviation - Double.log(1e4) / 12.0.squareRoot()) < 0.05)
        }
    }

    @Test("Normal and log-normal: moments")
    func normal() {
        let (mean, deviation) = moments(draws(.normal(mu: 3, sigma: 2)))
        #expect(abs(mean - 3) < 0.05 && abs(deviation - 2) < 0.05)
        let logs = moments(draws(.logNormal(mu: -1, sigma: 0.5)).map { Double.log($0) })
        #expect(abs(logs.mean + 1) < 0.02 && abs(logs.deviation - 0.5) < 0.02)
        #expect(draws(.logNormal(mu: 2000, sigma: 1), 10).allSatisfy { $0.isFinite })
    }

    @Test("Whole numbers: both ends, all equally likely, any range")
    func intUniform() {
        let values = draws(.intUniform(min: -1, max: 3))
        for whole in -1...3 { #expect(abs(values.filter { $0 == Double(whole) }.count - 4000) < 300) }
        for index in 0..<100 {
            let value = ParameterDomain.intUniform(min: .min, max: .max).draw(CounterRandom(seed: UInt64(index)))
            guard case .int = value else { return #expect(Bool(false)) }
        }
    }

    @Test("Quantised: multiples of q inside the bounds, whole for a whole q, no rounding dust")
    func quantized() {
        let tenths = Set(draws(.quantizedUniform(min: 0, max: 1, q: 0.1)))
        #expect(tenths.sorted() == [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1])
        #expect(Set(draws(.quantizedUniform(min: 1, max: 10, q: 4))).sorted() == [4, 8])
        #expect(Set(draws(.quantizedLogUniform(min: 8, max: 100, q: 16))).sorted() == [16, 32, 48, 64, 80, 96])
        #expect(
            ParameterDomain.quantizedUniform(min: 16, max: 64, q: 16).draw(CounterRandom(seed: 1)).text.contains(".")
                == false)
        #expect(draws(.quantizedNormal(mu: 0, sigma: 1, q: 0.5)).allSatisfy { $0 * 2 == ($0 * 2).rounded() })
        #expect(draws(.quantizedLogNormal(mu: 1, sigma: 1, q: 1)).allSatisfy { $0 == $0.rounded() && $0 >= 0 })
        #expect(draws(.quantizedUniform(min: 0.2, max: 0.3, q: 1), 5).allSatisfy { $0 == 0 })
    }

    @Test("Categorical: probabilities, and a value of probability 0 is never drawn")
    func categorical() {
        let values: [ParameterValue] = [.int(0), .int(1), .int(2)]
        let skewed = draws(.categorical(values: values, probabilities: [0.7, 0, 0.3]))
        #expect(!skewed.contains(1) && abs(skewed.filter { $0 == 0 }.count - 14_000) < 300)
        let even = draws(.categorical(values: values, probabilities: nil))
        #expect(abs(even.filter { $0 == 2 }.count - 6667) < 300)
    }

    @Test("A draw depends on seed, index and name alone", arguments: 0..<UInt64(200))
    func pure(seed: UInt64) {
        let first = Parameter(name: "lr", domain: .logUniform(min: 1e-4, max: 1))
        let second = Parameter(name: "wd", domain: .logUniform(min: 1e-4, max: 1))
        func draw(_ parameters: [Parameter], _ index: Int, _ seed: UInt64) -> Configuration? {
            ConfigurationSampler(Fixture.spec(.fifo, seed: seed, parameters: parameters)).configuration(at: index)
        }
        let both = draw([first, second], 17, seed)
        #expect(both == draw([second, first], 17, seed))
        #expect(both?["lr"] == draw([first], 17, seed)?["lr"])
        #expect(both?["lr"] != both?["wd"])
        #expect(both != draw([first, second], 18, seed) && both != draw([first, second], 17, seed + 1))
    }

    @Test("Draws are the same on every machine and in every version")
    func golden() {
        // Computed by hand from the definition, in another language.
        #expect(CounterRandom(seed: 0).bits() == 12_035_550_249_420_947_055)
        #expect(CounterRandom(seed: 42).stream("lr").stream(3).bits(at: 7) == 1_433_217_697_476_216_875)
        #expect(ConfigurationSampler.trialSeed(sweepSeed: 7, index: 3) == 466_583_836)
    }

    @Test("Grid: declared order, last parameter fastest")
    func grid() {
        let spec = spec(
            [
                .categorical(values: [.string("a"), .string("b")], probabilities: nil), .constant(.bool(true)),
                .intUniform(min: 5, max: 7),
            ], method: .grid)
        let sampler = ConfigurationSampler(spec)
        #expect(sampler.count == 6)
        let texts = (0..<6).map { index in
            sampler.configuration(at: index)!.entries.map(\.value.text).joined(
                separator: " ")
        }
        #expect(texts == ["a true 5", "a true 6", "a true 7", "b true 5", "b true 6", "b true 7"])
        #expect(sampler.configuration(at: 6) == nil && !sampler.hasConfiguration(at: 6))
    }

    @Test("Grid sizes: quantised ranges count, endless ones do not, too large ones neither")
    func gridSizes() {
        #expect(SearchSpace(spec([.quantizedUniform(min: 0, max: 0.3, q: 0.1)]).parameters).size == 4)
        #expect(SearchSpace(spec([.quantizedUniform(min: 1, max: 10, q: 4)]).parameters).size == 2)
        #expect(SearchSpace(spec([.uniform(min: 0, max: 1)]).parameters).size == nil)
        let huge = ParameterDomain.intUniform(min: 0, max: 1 << 40)
        #expect(SearchSpace(spec([huge]).parameters).size == (1 << 40) + 1)
        #expect(SearchSpace(spec([huge, huge]).parameters).size == nil)
        #expect(SearchSpace(spec([.intUniform(min: .min, max: .max)]).parameters).size == nil)
        #expect(SearchSpace(spec([]).parameters).size == 1)
    }

    @Test("A finite space is drawn without repetition, all of it, then no more", arguments: 0..<UInt64(40))
    func finite(seed: UInt64) {
        let values: [ParameterValue] = [.string("x"), .string("y"), .string("z")]
        let even = spec([.categorical(values: values, probabilities: nil), .intUniform(min: 1, max: 37)], seed: seed)
        let skewed = spec(
            [
                .categorical(values: values, probabilities: [0.8, 0.15, 0.05]),
                .quantizedLogUniform(min: 1, max: 64, q: 2),
            ],
            seed: seed)
        for (spec, size) in [(even, 111), (skewed, 96)] {
            let sampler = ConfigurationSampler(spec)
            #expect(sampler.count == size)
            let all = (0..<size).compactMap { sampler.configuration(at: $0) }
            #expect(Set(all).count == size)
            #expect(sampler.configuration(at: size) == nil)
        }
        #expect(ConfigurationSampler(spec([.uniform(min: 0, max: 1)])).count == nil)
    }

    @Test("Likelier values come first in a small skewed space")
    func weighted() {
        var first: [String: Int] = [:]
        for seed in 0..<UInt64(2000) {
            let values: [ParameterValue] = [.string("x"), .string("y")]
            let spec = spec([.categorical(values: values, probabilities: [0.9, 0.1])], seed: seed)
            first[ConfigurationSampler(spec).configuration(at: 0)!["p0"]!.text, default: 0] += 1
        }
        #expect(abs(first["x"]! - 1800) < 60)
    }

    @Test("A shuffle is a permutation", arguments: [1, 2, 3, 5, 16, 17, 255, 1000, 4097])
    func shuffle(count: Int) {
        let shuffle = CounterShuffle(count: count, random: CounterRandom(seed: 3))
        #expect(Set((0..<count).map { shuffle[$0] }) == Set(0..<count))
        if count > 100 { #expect((0..<count).filter { shuffle[$0] == $0 }.count < 10) }
    }

    @Test("Seeds of trials differ, and NumPy takes them")
    func trialSeeds() {
        let seeds = (0..<10_000).map { ConfigurationSampler.trialSeed(sweepSeed: 9, index: $0) }
        #expect(seeds.allSatisfy { $0 < 1 << 32 } && Set(seeds).count > 9_990)
        #expect(seeds[5] != ConfigurationSampler.trialSeed(sweepSeed: 10, index: 5))
    }
}
