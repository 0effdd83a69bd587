import Foundation
import HyperSchedProtocol
import SweepFile
import Testing

@Suite struct MutationTests {
    /// Numbers that are the same in every run.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let mixed = (state ^ (state >> 31)) &* 0x9E37_79B9_7F4A_7C15
            return mixed ^ (mixed >> 29)
        }
    }

    private static let tokens = [
        "name", "workload", "nbdt", "command", "program", "method", "random", "grid", "metric", "goal", "minimize",
        "target",
        "parameters", "lr", "min", "max", "value", "values", "probabilities", "distribution", "log_uniform",
        "q_uniform",
        "normal", "mu", "sigma", "q", "hypersched", "deadline", "in", "6h", "policy", "asha", "eta", "scaling", "steps",
        "unit", "slots", "labels", "kind", "limits", "trials", "trial_wall", "retry", "checkpoint", "grace", "keep",
        "best",
        "on_nan", "seed", "early_terminate", "hyperband", "max_iter", "s", "run_cap", "null", "true", "0", "-1",
        "1e400",
        "3", "4.5", "1e-4", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "''", "[]", "{}",
        "[1, 2]", "condition", "beta", "a", "tpe", "external", "sobol", "bayes", "wait", "queue",
        "{a: b}", "2026-12-01T08:00:00Z", "~", "é", "\"\\0\"", "${args}", "<<", "? [a]",
    ]
    private static let start = """
        {name: a, program: b, method: random, metric: {name: c, goal: maximize, target: 1},
        parameters: {lr: {min: 1, max: 2}, x: {values: [1, 2], probabilities: [0.5, 0.5]}, y: {value: 3},
        z: {distribution: q_uniform, min: 1, max: 2, q: 0.5}, g: {condition: {x: 1}, parameters: {lr:
        {distribution: beta, a: 2, condition: {g.h: [1, 2]}}, h: {values: [1, 2]}}}}, run_cap: 4,
        early_terminate: {type: hyperband, max_iter: 27, s: 2, eta: 3},
        hypersched: {in: 6h, policy: {name: hypersched, eta: 3, scaling: {1: 1.0}, fixed_exploration: 0.5},
        steps: {unit: e, min: 1, max: 9}, slots: {kind: cpu, min: 1, max: 2, labels: {a: b}},
        limits: {trials: 3, trial_wall: 1h, no_report: 1m}, retry: {max: 1},
        checkpoint: {grace: 1s, keep: {best: 1, latest: 1}}, on_nan: worst, priority: 1, seed: 3}}
        """

    /// Whatever comes in, there is a sweep that can be explained, or there are mistakes with words.
    @Test func noFileBringsTheReaderDown() {
        let rounds = ProcessInfo.processInfo.environment["HYPERSCHED_MUTATIONS"].flatMap(Int.init) ?? 500
        var generator = Generator(state: 1)
        var accepted = 0
        #expect(throws: Never.self) { try good(Self.start) }
        for _ in 0..<rounds {
            let text = mutated(&generator)
            switch SweepFileReader.read(text, now: now, defaultSeed: 7) {
            case .success(let parsed):
                accepted += 1
                let explanation = SweepExplainer(parsed, now: now).explanation()
                #expect(explanation.firstConfigurations.count <= 5)
            case .failure(let error):
                #expect(
                    !error.errors.isEmpty && error.errors.allSatisfy { !$0.message.isEmpty && !$0.fix.isEmpty },
                    "\(text)")
            }
        }
        #expect(accepted > 0)
    }

    private func mutated(_ generator: inout Generator) -> String {
        // Words and signs apart, so that a mutation exchanges what has a meaning.
        var pieces = Self.start.matches(of: /[A-Za-z0-9_.]+|[^A-Za-z0-9_.]/).map { String($0.output) }
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            let place = Int.random(in: 0..<pieces.count, using: &generator)
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: pieces.remove(at: place)
            case 1: pieces.insert(pieces[place], at: place)
            case 2: pieces.swapAt(place, Int.random(in: 0..<pieces.count, using: &generator))
            default:
                let words = pieces.indices.filter {
                    pieces[$0].first?.isLetter == true || pieces[$0].first?.isNumber == true
                }
                let word = words[Int.random(in: 0..<words.count, using: &generator)]
                pieces[word] = Self.tokens[Int.random(in: 0..<Self.tokens.count, using: &generator)]
            }
        }
        return pieces.joined()
    }

    @Test func theExamplesOfTheDocumentationAreGood() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(contentsOf: root.appendingPathComponent("docs/SWEEP_FILE.md"), encoding: .utf8)
        let examples = text.components(separatedBy: "```yaml\n").dropFirst().map {
            $0.components(separatedBy: "```")[0]
        }
        #expect(!examples.isEmpty)
        for example in examples { #expect(try good(example).warnings == []) }
    }
}
