import ArgumentParser
import HyperSchedProtocol

/// The sweep that the core is loaded with.
struct LoadOptions: ParsableArguments {
    @Option(help: "fifo, asha (promotion), asha-stop, hyperband, median, pbt, hypersched or deadline.")
    var policy = "asha-stop"
    @Option(help: "steps.max") var steps = 81
    @Option(help: "Reduction factor of asha.") var eta = 3
    @Option var seed: UInt64 = 1

    func validate() throws {
        _ = try chosenPolicy()
        guard steps >= 1, eta >= 2 else { throw ValidationError("--steps must be 1 or more, --eta 2 or more") }
    }

    /// - Parameter seconds: from ``CoreLoad/start`` to the deadline.
    func spec(trials: Int, deadlineIn seconds: Double = 1e7) throws -> SweepSpec {
        SweepSpec(
            name: "load", program: .command(["x"]), method: .random, metric: Metric(name: "m", goal: .maximize),
            parameters: [Parameter(name: "x", domain: .uniform(min: 0, max: 1))],
            deadline: CoreLoad.start.advanced(bySeconds: seconds), policy: try chosenPolicy(),
            steps: StepRange(min: 1, max: steps), limits: SweepLimits(trials: trials), seed: seed)
    }

    private func chosenPolicy() throws -> PolicySpec {
        switch policy {
        case "fifo": .fifo
        case "asha": .asha(ASHAOptions(kind: .promotion, reductionFactor: eta))
        case "asha-stop": .asha(ASHAOptions(kind: .stopping, reductionFactor: eta))
        case "hyperband": .hyperband(HyperbandOptions(reductionFactor: eta))
        case "median": .median(MedianOptions())
        case "pbt": .pbt(PBTOptions())
        case "hypersched": .hypersched(HyperSchedOptions(dropAtClosing: false))
        case "deadline": .deadline(DeadlineOptions())
        default:
            throw ValidationError(
                "--policy \(policy): expected fifo, asha, asha-stop, hyperband, median, pbt, hypersched or deadline")
        }
    }
}
