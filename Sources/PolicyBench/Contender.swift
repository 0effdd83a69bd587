import HyperSchedProtocol
import Scheduler
import Simulator

/// A policy of the benchmark. What needs the throughput table gets the true one, except ``deadline``, which learns it.
struct Contender: Sendable {
    let name: String
    let spec: @Sendable (Cell) -> PolicySpec

    static func named(_ name: String) -> Contender? {
        if name.hasPrefix("deadline") { return deadline(name) }
        switch name {
        case "fifo": return Contender(name: name) { _ in .fifo }
        case "asha": return Contender(name: name) { _ in .asha(ASHAOptions(kind: .promotion)) }
        case "asha-stop": return Contender(name: name) { _ in .asha(ASHAOptions(kind: .stopping)) }
        case "hypersched": return Contender(name: name) { .hypersched(HyperSchedOptions(scaling: $0.scaling.points)) }
        case "reopen":
            return Contender(name: name) {
                .hypersched(HyperSchedOptions(scaling: $0.scaling.points, dropAtClosing: false))
            }
        case "split20": return split(name, 0.2)
        case "split50": return split(name, 0.5)
        case "split80": return split(name, 0.8)
        default: return nil
        }
    }

    private static func split(_ name: String, _ share: Double) -> Contender {
        Contender(name: name) { .hypersched(HyperSchedOptions(scaling: $0.scaling.points, fixedExploration: share)) }
    }

    /// `deadline` or `deadline:key=value,...` with the ablation switches.
    private static func deadline(_ name: String) -> Contender? {
        var options = DeadlineOptions()
        for part in name.split(separator: ":").dropFirst().joined(separator: ",").split(separator: ",") {
            let pair = part.split(separator: "=").map(String.init)
            guard pair.count == 2, options.set(pair[0], pair[1]) else { return nil }
        }
        let fixed = options
        return Contender(name: name) { _ in .deadline(fixed) }
    }
}
