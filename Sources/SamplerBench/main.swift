import Foundation
import HyperSchedProtocol

// Samplers on functions with a known optimum; see "Samplers" in docs/BENCHMARKS.md.
let options = BenchOptions(CommandLine.arguments.dropFirst())
for problem in TestProblem.all where options.problems.isEmpty || options.problems.contains(problem.name) {
    for method in options.methods {
        for seed in 0..<options.seeds {
            let search = BenchSearch(problem: problem, method: method, seed: seed, workers: options.workers)
            let best = search.run(trials: options.trials)
            let regrets = best.map { String($0 - problem.optimum) }.joined(separator: " ")
            print("hypersched \(method.rawValue)\t\(problem.name)\t\(seed)\t\(regrets)")
        }
    }
}
