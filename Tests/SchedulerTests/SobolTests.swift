import HyperSchedProtocol
import Testing

@testable import Scheduler

@Suite struct SobolTests {
    @Test("The first points are those of scipy.stats.qmc.Sobol without scrambling")
    func firstPoints() {
        let sequence = SobolSequence(dimensions: 5)
        let expected: [[Double]] = [
            [0, 0, 0, 0, 0], [0.5, 0.5, 0.5, 0.5, 0.5], [0.75, 0.25, 0.25, 0.25, 0.75],
            [0.25, 0.75, 0.75, 0.75, 0.25], [0.375, 0.375, 0.625, 0.875, 0.375],
            [0.875, 0.875, 0.125, 0.375, 0.875], [0.625, 0.125, 0.875, 0.625, 0.625],
            [0.125, 0.625, 0.375, 0.125, 0.125],
        ]
        for (index, point) in expected.enumerated() {
            #expect(sequence.integers(at: index).map { Double($0) * 0x1p-32 } == point)
        }
    }

    @Test("Point 12345 in 53 dimensions is SciPy's: every tabulated direction number counts")
    func laterPoint() {
        let expected: [UInt32] = [
            2_752_774_144, 3_493_593_088, 688_652_288, 2_262_564_864, 3_816_030_208, 252_968_960, 546_570_240,
            486_801_408, 3_443_785_728, 1_845_231_616, 319_029_248, 2_571_894_784, 3_998_482_432, 4_045_144_064,
            148_111_360, 2_752_249_856, 268_697_600, 218_890_240, 1_371_799_552, 1_475_084_288, 855_900_160,
            348_913_664, 2_607_022_080, 3_705_405_440, 1_895_563_264, 1_270_087_680, 1_572_077_568, 2_070_151_168,
            376_700_928, 1_737_228_288, 1_232_338_944, 2_843_475_968, 2_158_755_840, 2_840_330_240, 817_102_848,
            3_910_926_336, 11_272_192, 1_384_382_464, 4_122_738_688, 4_072_407_040, 925_630_464, 3_438_018_560,
            3_273_392_128, 2_458_648_576, 1_240_727_552, 2_049_179_648, 4_217_110_528, 1_029_963_776, 2_848_194_560,
            2_632_187_904, 3_313_238_016, 1_947_467_776, 38_010_880,
        ]
        #expect(SobolSequence(dimensions: 53).integers(at: 12_345) == expected)
    }

    @Test("Primitive polynomials: as many of each degree as there are")
    func polynomials() {
        // φ(2^n - 1)/n
        let counts = [1: 1, 2: 1, 3: 2, 4: 2, 5: 6, 6: 6, 7: 18, 8: 16, 9: 48, 10: 60, 11: 176, 12: 144]
        for (degree, count) in counts {
            let all = (UInt32(1) << UInt32(degree)..<UInt32(2) << UInt32(degree)).filter {
                $0 & 1 == 1 && PrimitivePolynomials.isPrimitive($0)
            }
            #expect(all.count == count, "degree \(degree)")
        }
    }

    @Test(
        "Scrambled: each of 2^k equal intervals of every dimension holds one of the first 2^k points",
        arguments: 0..<UInt64(20))
    func oneDimensionalNets(seed: UInt64) {
        // 70 dimensions: beyond the table, too.
        let sequence = SobolSequence(dimensions: 70)
        let points = (0..<64).map { sequence.point(at: $0, CounterRandom(seed: seed)) }
        for dimension in 0..<70 {
            #expect(Set(points.map { Int($0[dimension] * 64) }).count == 64, "dimension \(dimension)")
        }
    }

    @Test(
        "Scrambled: the first two dimensions are a (0, m, 2)-net: each elementary rectangle holds one point",
        arguments: 0..<UInt64(20))
    func twoDimensionalNet(seed: UInt64) {
        let sequence = SobolSequence(dimensions: 2)
        let points = (0..<64).map { sequence.point(at: $0, CounterRandom(seed: seed)) }
        for split in 0...6 {
            let (columns, rows) = (Double(1 << split), Double(1 << (6 - split)))
            let cells = points.map { Int($0[0] * columns) * 64 + Int($0[1] * rows) }
            #expect(Set(cells).count == 64)
        }
    }

    @Test("Scrambling: points differ between seeds, and each lies anywhere")
    func scrambling() {
        let sequence = SobolSequence(dimensions: 3)
        let firsts = (0..<UInt64(4000)).map { sequence.point(at: 0, CounterRandom(seed: $0)) }
        for dimension in 0..<3 {
            let mean = firsts.reduce(0) { $0 + $1[dimension] } / 4000
            #expect(abs(mean - 0.5) < 0.02)
            #expect(Set(firsts.map { $0[dimension] }).count == 4000)
        }
    }

    @Test("Configurations: each value of a choice as often as it is likely; the seed and the index decide")
    func configurations() {
        let parameters = [
            Parameter(name: "lr", domain: .logUniform(min: 1e-4, max: 1)),
            Parameter(
                name: "kind", domain: .categorical(values: [.string("a"), .string("b")], probabilities: [0.75, 0.25])),
        ]
        let spec = Fixture.spec(.fifo, seed: 3, parameters: parameters, method: .sobol)
        let sampler = ConfigurationSampler(spec)
        let drawn = (0..<64).map { sampler.configuration(at: $0)! }
        #expect(drawn.count { $0["kind"] == .string("a") } == 48)
        #expect(drawn.count { $0["lr"]!.number! < 1e-2 } == 32)
        #expect(drawn[5] == ConfigurationSampler(spec).configuration(at: 5))
        let other = ConfigurationSampler(Fixture.spec(.fifo, seed: 4, parameters: parameters, method: .sobol))
        #expect(other.configuration(at: 5) != drawn[5])
    }
}
