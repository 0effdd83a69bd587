import HyperSchedProtocol
import Scheduler

/// Made-up objectives in whole 2⁻³² parts, so that the Python side computes the same ones.
struct LoadCurves {
    private let random: CounterRandom
    private let seed: UInt64

    init(seed: UInt64) {
        self.seed = seed
        random = CounterRandom(seed: seed).stream("load")
    }

    /// Rises with the step towards a level of the trial's own, with a little noise.
    func value(of trial: TrialID, at step: Int) -> Double {
        let level = part(UInt64(bitPattern: trial.rawValue) &* 1_000_003)
        let noise = part(UInt64(bitPattern: trial.rawValue) &* 1_000_003 &+ UInt64(step))
        return level * (1 - 1 / Double(step + 1)) + 0.01 * noise
    }

    /// A place below `count`.
    func pick(_ count: Int, draw: UInt64) -> Int { random.below(count, at: draw) }

    /// Uniform in [0, 1): one step of SplitMix64 from `seed + counter` steps, its upper 32 bits.
    private func part(_ counter: UInt64) -> Double {
        var z = (seed &+ counter &+ 1) &* 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((z ^ (z >> 31)) >> 32) * 0x1p-32
    }
}
