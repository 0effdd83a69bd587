import Foundation
import Scheduler
import Simulator

/// Made-up families of curves with known shapes: each asks another thing of a policy.
public enum SyntheticTables {
    public static let names = ["toy", "power", "exponential", "crossing", "noisy", "decaying", "divergent"]
    private static let count = 400
    /// Seeds of the toy should share few curves.
    private static let toyCount = 2000

    /// nil: there is no such family.
    public static func table(_ name: String) -> CurveTable? {
        guard names.contains(name) else { return nil }
        let random = CounterRandom(seed: 20).stream(name)
        return CurveTable(
            name: name, runs: (0..<(name == "toy" ? toyCount : count)).map { run(name, random.stream(UInt64($0))) })
    }

    private static func run(_ name: String, _ random: CounterRandom) -> SimulatedTrial {
        let steps = name == "toy" ? 500 : 81
        let u = (0..<6).map { random.stream("u").uniform(at: UInt64($0)) }
        let noise = random.stream("noise")
        var values = (1...steps).map { value(name, Double($0), u, noise.normal(at: UInt64($0))) }
        if name == "divergent" && u[4] < 0.25 {
            let at = Int(u[5] * Double(steps))
            for index in at..<steps { values[index] = .nan }
        }
        let pace = name == "toy" ? 0.1 : 100 * exp(0.4 * (random.stream("pace").normal()))
        return SimulatedTrial(objective: values, stepSeconds: values.map { _ in pace })
    }

    private static func value(_ name: String, _ k: Double, _ u: [Double], _ z: Double) -> Double {
        let quality = pow(u[0], 0.5)
        switch name {
        case "toy":
            // Spec of the HyperSched ablations: early rank is ruled by u1, late rank by u0.
            let loss = 1 / (-log(1 - u[0]) * 0.1 * k / 100 + 0.1 * u[1] + 0.5) + 0.01 * u[2] + abs(z) * 0.005
            return (2 - loss) / 2
        case "exponential": return 0.9 * quality * (1 - exp(-k / (5 + 30 * u[1]))) + 0.003 * z
        case "crossing":
            // The faster a curve rises the lower it ends.
            let rate = 2 + 38 * u[0]
            return (0.5 + 0.45 * u[0] * (0.4 + 0.6 * u[1])) * (1 - exp(-k / rate)) + 0.003 * z
        case "noisy": return 0.9 * quality * (1 - pow(k + 1, -(0.4 + 0.8 * u[1]))) + 0.04 * z
        case "decaying":
            let peak = 5 + 70 * u[1]
            return 0.9 * quality * (1 - exp(-3 * min(k, peak) / peak)) - 0.004 * max(0, k - peak) + 0.003 * z
        default: return 0.9 * quality * (1 - pow(k + 1, -(0.4 + 0.8 * u[1]))) + 0.003 * z
        }
    }
}
