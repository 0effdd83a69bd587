import Testing
import Torch

@Suite("Counter-based random numbers")
struct CounterGeneratorTests {
    @Test func mixingIsSplitMix64() {
        // First outputs of SplitMix64 seeded with 0 and 1234567, as published with the generator.
        let increment: UInt64 = 0x9E37_79B9_7F4A_7C15
        #expect(CounterGenerator.mix(increment) == 0xE220_A839_7B1D_CDAF)
        #expect(CounterGenerator.mix(1_234_567 &+ increment) == 6_457_827_717_110_365_317)
    }

    @Test func streamsAndSeedsDiffer() {
        let draws = [(0, 0), (0, 1), (1, 0), (1, 1)].map {
            CounterGenerator(seed: UInt64($0.0), stream: UInt64($0.1)).bits(0)
        }
        #expect(Set(draws).count == 4)
    }

    @Test func momentsAreRight() {
        let generator = CounterGenerator(seed: 3, stream: 0)
        let draws = (0..<20_000).map { generator.normal(UInt64($0)) }
        let mean = draws.reduce(0, +) / 20_000
        let variance = draws.reduce(0) { $0 + $1 * $1 } / 20_000
        #expect(abs(mean) < 0.03)
        #expect(abs(variance - 1) < 0.05)
        let uniform = (0..<20_000).map { generator.uniform(UInt64($0)) }
        #expect(uniform.allSatisfy { $0 >= 0 && $0 < 1 })
        #expect(abs(uniform.reduce(0, +) / 20_000 - 0.5) < 0.02)
    }

    @Test(arguments: [1, 2, 3, 10, 255, 256, 257, 5_000])
    func permutationsHitEveryIndexOnce(_ count: Int) {
        let permutation = CounterPermutation(count: count, generator: CounterGenerator(seed: 1, stream: 2))
        #expect(Set((0..<count).map { permutation[$0] }) == Set(0..<count))
    }

    @Test func permutationsOfDifferentStreamsDiffer() {
        let orders = (0..<3 as Range<UInt64>).map { stream in
            let permutation = CounterPermutation(count: 100, generator: CounterGenerator(seed: 1, stream: stream))
            return (0..<100).map { permutation[$0] }
        }
        #expect(orders[0] != orders[1] && orders[1] != orders[2])
        #expect(orders.allSatisfy { $0 != Array(0..<100) })
    }
}
