import Foundation
public import HyperSchedProtocol
import Scheduler
public import Simulator
import SweepFile

/// One of those that are compared: a policy, or a simple scheme run by hand.
public struct Contender: Sendable {
    public enum Kind: Sendable {
        case policy(PolicySpec)
        case staged(StagedSearch)
        case knownCurves
    }

    public let name: String
    public let kind: Kind

    public init(name: String, kind: Kind) {
        self.name = name
        self.kind = kind
    }

    /// What ``named(_:)`` knows beside the policies of sweep files and their options.
    public static let baselines: [(name: String, meaning: String)] = [
        ("random", "random search: every trial to its last step on slots.min slots (policy fifo)"),
        ("split20, split50, split80", "that share of the time for random search, then its best trial on all slots"),
        ("one-epoch", "one step for every trial, then the best ones to the end, one per slot"),
        ("oracle", "the best trial from the start on its fastest size: nobody can do better"),
    ]

    private static let shorthands = [
        "asha-stop": "asha:kind=stopping", "reopen": "hypersched:drop_at_closing=false",
    ]

    /// `NAME` or `NAME:option=value:option=value`, options as in a sweep file; or one of ``baselines``.
    public static func named(_ text: String) throws(ReplayError) -> Contender {
        if text.hasPrefix("split"), let percent = Double(text.dropFirst(5)), (1...99).contains(percent) {
            return Contender(name: text, kind: .staged(.fixedSplit(percent / 100)))
        }
        if let full = shorthands[text] { return Contender(name: text, kind: try named(full).kind) }
        switch text {
        case "random": return Contender(name: text, kind: .policy(.fifo))
        case "one-epoch": return Contender(name: text, kind: .staged(.oneEpochTopK))
        case "oracle": return Contender(name: text, kind: .knownCurves)
        default: break
        }
        switch PolicyText.read(text) {
        case .success(let policy): return Contender(name: text, kind: .policy(policy))
        case .failure(let error):
            let first = error.errors.first
            throw ReplayError(
                "policy '\(text)': \(first?.message ?? "can not be read")",
                fix: "\(first?.fix ?? "see docs/SWEEP_FILE.md"); beside policies there are "
                    + baselines.map(\.name).joined(separator: ", "))
        }
    }

    /// The same with another reduction factor, where it has one.
    public func withReductionFactor(_ eta: Int) -> Contender {
        guard case .policy(let policy) = kind else { return self }
        let changed: PolicySpec
        switch policy {
        case .asha(var options):
            options.reductionFactor = eta
            changed = .asha(options)
        case .hyperband(var options):
            options.reductionFactor = eta
            changed = .hyperband(options)
        case .hypersched(var options):
            options.reductionFactor = eta
            changed = .hypersched(options)
        case .deadline(var options):
            options.reductionFactor = eta
            changed = .deadline(options)
        case .fifo, .median, .pbt: return self
        }
        return Contender(name: name, kind: .policy(changed))
    }

    /// Contenders from a list with commas.
    public static func list(_ text: String) throws(ReplayError) -> [Contender] {
        var contenders: [Contender] = []
        for name in text.split(separator: ",") { contenders.append(try named(String(name))) }
        return contenders
    }

    /// - Parameter setup: `spec.policy` is replaced.
    public func run(_ setup: SimulationSetup) -> SimulationOutcome {
        switch kind {
        case .policy: return SweepSimulation.run(asked(setup))
        case .staged(let search): return search.run(setup)
        case .knownCurves: return KnownCurves.run(setup)
        }
    }

    /// The setup with the contender's policy, where it is one.
    public func asked(_ setup: SimulationSetup) -> SimulationSetup {
        guard case .policy(let policy) = kind else { return setup }
        var setup = setup
        setup.spec.policy = told(policy, setup)
        return setup
    }

    /// HyperSched wants its scaling measured beforehand, so it is told the true one; all others learn it or use none.
    private func told(_ policy: PolicySpec, _ setup: SimulationSetup) -> PolicySpec {
        guard case .hypersched(var options) = policy, options.scaling == nil else { return policy }
        options.scaling = setup.throughput.points
        return .hypersched(options)
    }
}
