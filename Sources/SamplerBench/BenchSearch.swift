import HyperSchedProtocol
import Scheduler

/// One search: trials are evaluated in the order in which they were proposed, `workers` of them being under way.
struct BenchSearch {
    let problem: TestProblem
    let method: SearchMethod
    let seed: UInt64
    let workers: Int

    /// The best value so far, after each trial.
    func run(trials: Int) -> [Double] {
        let start = Timestamp(milliseconds: 0)
        let spec = SweepSpec(
            name: problem.name, program: .command(["none"]), method: method,
            metric: Metric(name: "loss", goal: .minimize), parameters: problem.parameters,
            deadline: start.advanced(bySeconds: 1), policy: .fifo, steps: StepRange(min: 1, max: 1), seed: seed)
        var sampler = ConfigurationSampler(spec)
        var running: [TrialRecord] = []
        var best: [Double] = []
        for index in 0..<trials + workers - 1 {
            if index < trials, let configuration = sampler.configuration(at: index) {
                let trial = TrialRecord(
                    id: TrialID(Int64(index) + 1), sweep: SweepID(1), index: index, configuration: configuration,
                    seed: 0, createdAt: start)
                sampler.created(trial)
                running.append(trial)
            }
            guard running.count == workers || index >= trials, !running.isEmpty else { continue }
            var done = running.removeFirst()
            let value = problem.value(done.configuration)
            done.state = .completed
            done.bestScore = -value
            sampler.observe(done)
            best.append(min(best.last ?? value, value))
        }
        return best
    }
}
