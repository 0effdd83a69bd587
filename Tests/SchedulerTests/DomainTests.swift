import HyperSchedProtocol
import RealModule
import Testing

@testable import Scheduler

@Suite struct DomainTests {
    static let all: [ParameterDomain] = [
        .constant(.string("x")), .categorical(values: [.int(1), .string("a"), .bool(true)], probabilities: nil),
        .categorical(values: [.int(1), .int(2), .int(3)], probabilities: [0.2, 0, 0.8]),
        .intUniform(min: -3, max: 12), .intUniform(min: .min, max: .max), .uniform(min: -2, max: 4),
        .uniform(min: 3, max: 3), .uniform(min: -.greatestFiniteMagnitude, max: .greatestFiniteMagnitude),
        .quantizedUniform(min: 1, max: 10, q: 4), .quantizedUniform(min: 0, max: 1, q: 0.1),
        .logUniform(min: 1e-5, max: 1e-1), .quantizedLogUniform(min: 8, max: 100, q: 16),
        .inverseLogUniform(min: 1e-3, max: 10), .normal(mu: 3, sigma: 2), .quantizedNormal(mu: 0, sigma: 1, q: 0.5),
        .logNormal(mu: -1, sigma: 0.5), .quantizedLogNormal(mu: 1, sigma: 1, q: 1), .beta(a: 2, b: 5),
        .beta(a: 0.1, b: 0.8), .quantizedBeta(a: 1, b: 3, q: 0.25), .quantizedBeta(a: 1, b: 1, q: 2),
    ]

    @Test("Beta: quantiles and cumulative probabilities as SciPy 1.17 has them")
    func beta() {
        let probabilities = [0.001, 0.1, 0.5, 0.9, 0.999]
        let cases: [(a: Double, b: Double, quantiles: [Double])] = [
            (1, 1, [0.001, 0.1, 0.5, 0.9, 0.999]),
            (
                2, 5,
                [0.008255492787746678, 0.09259525891312873, 0.26444998329566005, 0.5103163065514917, 0.818613866919134]
            ),
            (
                0.5, 0.5,
                [2.4673990709169446e-06, 0.024471741852423214, 0.5, 0.9755282581475768, 0.999997532600929]
            ),
            (
                0.1, 3,
                [
                    2.3669013519449123e-31, 2.3669013520467702e-11, 0.00023123990750011818, 0.09839299551030133,
                    0.7240883749121574,
                ]
            ),
            (
                30, 2,
                [0.7386724011816721, 0.8802307618874051, 0.9464479478829972, 0.9827119777086992, 0.9985123138630576]
            ),
            (
                2000, 1000,
                [0.6397723547797574, 0.6556138882135691, 0.6667037082752489, 0.67767183913126, 0.6929280733270888]
            ),
        ]
        for (a, b, quantiles) in cases {
            let distribution = BetaDistribution(a: a, b: b)
            for (probability, expected) in zip(probabilities, quantiles) {
                let found = distribution.quantile(probability)
                #expect(abs(found - expected) <= 1e-9 * expected, "a \(a), b \(b), p \(probability): \(found)")
            }
        }
        #expect(abs(BetaDistribution(a: 2, b: 5).cumulative(0.3) - 0.5798250000000003) < 1e-14)
        #expect(abs(BetaDistribution(a: 2, b: 5).cumulative(0.99) - 0.999999999405) < 1e-14)
        #expect(BetaDistribution(a: 2000, b: 1000).cumulative(0.01) == 0)
    }

    @Test("Normal quantiles as SciPy has them, tails included")
    func normal() {
        let cases = [
            (1e-300, -37.0470962993612), (1e-10, -6.361340902404056), (0.01, -2.3263478740408408),
            (0.3, -0.5244005127080409), (0.5, 0), (0.9, 1.2815515655446004), (1 - 1e-10, 6.361340889697422),
        ]
        for (probability, expected) in cases {
            #expect(abs(NormalDistribution.quantile(probability) - expected) < 1e-12)
        }
        #expect(NormalDistribution.quantile(0).isFinite && NormalDistribution.quantile(1).isFinite)
        // Half of what is left above 9 lies between 9 and 9.0739.
        let upper = NormalDistribution.truncatedQuantile(0.5, from: 9, to: 40)
        #expect(
            abs(NormalDistribution.mass(from: 9, to: upper) / NormalDistribution.mass(from: 9, to: 40) - 0.5) < 1e-9)
    }

    @Test("A value's piece of [0, 1] holds the point that it came from", arguments: all.indices)
    func pieces(_ index: Int) throws {
        let domain = Self.all[index]
        let random = CounterRandom(seed: 4)
        for counter in 0..<UInt64(500) {
            let u = random.uniform(at: counter)
            let value = domain.quantile(u)
            #expect(domain.accepted(value) == value, "\(domain) refuses its own \(value)")
            let piece = try #require(domain.piece(of: value))
            #expect(piece.lowerBound <= u + 1e-9 && u <= piece.upperBound + 1e-9, "\(domain) \(value) \(u) \(piece)")
            #expect(piece.lowerBound >= 0 && piece.upperBound <= 1)
            let drawn = domain.draw(random.stream(counter))
            #expect(domain.accepted(drawn) == drawn, "\(domain) refuses its own draw \(drawn)")
        }
        _ = domain.quantile(0)
        _ = domain.quantile(1.0.nextDown)
    }

    @Test("Where values can be listed, their pieces fill [0, 1] without gaps", arguments: all.indices)
    func partition(_ index: Int) throws {
        let domain = Self.all[index]
        guard let count = domain.valueCount, count < 1000 else { return }
        var end = 0.0
        for place in 0..<count {
            let piece = try #require(domain.piece(of: domain.value(at: place)))
            #expect(abs(piece.lowerBound - end) < 1e-12)
            end = piece.upperBound
        }
        #expect(abs(end - 1) < 1e-12)
        if let weights = domain.weights { #expect(abs(weights.reduce(0, +) - 1) < 1e-12 && weights.count == count) }
    }

    @Test("Beta draws: mean and bounds; quantised ones are multiples inside of 0 and 1")
    func betaDraws() {
        let random = CounterRandom(seed: 5)
        let values = (0..<5000).map { ParameterDomain.beta(a: 2, b: 5).draw(random.stream(UInt64($0))).number! }
        #expect(abs(values.reduce(0, +) / 5000 - 2.0 / 7) < 0.01 && values.allSatisfy { (0...1).contains($0) })
        let quantised = ParameterDomain.quantizedBeta(a: 1, b: 1, q: 0.6)
        let seen = Set((0..<200).map { quantised.draw(random.stream(UInt64($0))).number! })
        #expect(seen == [0, 0.6])
    }

    @Test("What a domain takes, and what it does not")
    func accepted() {
        func takes(_ domain: ParameterDomain, _ value: ParameterValue, as expected: ParameterValue?) {
            #expect(domain.accepted(value) == expected, "\(domain) \(value)")
        }
        takes(.intUniform(min: 1, max: 8), .real(3), as: .int(3))
        takes(.intUniform(min: 1, max: 8), .real(3.5), as: nil)
        takes(.intUniform(min: 1, max: 8), .int(9), as: nil)
        takes(.intUniform(min: 1, max: 8), .string("3"), as: nil)
        takes(.intUniform(min: 1, max: 8), .real(.nan), as: nil)
        takes(.intUniform(min: 1, max: 8), .real(1e300), as: nil)
        takes(.uniform(min: 0, max: 1), .int(1), as: .real(1))
        for bad in [Double.nan, .infinity, -0.001, 1.001] { takes(.uniform(min: 0, max: 1), .real(bad), as: nil) }
        takes(.normal(mu: 0, sigma: 1), .real(.infinity), as: nil)
        takes(.normal(mu: 0, sigma: 1), .real(-50), as: .real(-50))
        takes(.logNormal(mu: 0, sigma: 1), .real(-1), as: nil)
        takes(.quantizedUniform(min: 0, max: 1, q: 0.1), .real(0.1 + 0.2), as: .real(0.3))
        takes(.quantizedUniform(min: 0, max: 1, q: 0.1), .real(0.35), as: nil)
        takes(.quantizedUniform(min: 16, max: 64, q: 16), .int(32), as: .int(32))
        takes(.quantizedUniform(min: 16, max: 64, q: 16), .int(80), as: nil)
        takes(.categorical(values: [.real(0.5), .int(2)], probabilities: nil), .real(2), as: .int(2))
        takes(.categorical(values: [.bool(true)], probabilities: nil), .int(1), as: nil)
        takes(.constant(.string("a")), .string("a"), as: .string("a"))
    }
}
