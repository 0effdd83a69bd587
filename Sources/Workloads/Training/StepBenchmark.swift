import Torch
import Glibc

/// Pure training steps of a workload, without evaluation or checkpoints, for comparisons with the programs in
/// Benchmarks/.
public enum StepBenchmark {
    public struct Result: Sendable {
        public let samplesPerSecond: Double
        /// Samples per second of processor time, all threads together: says more on a busy machine.
        public let samplesPerProcessorSecond: Double
        public let seconds: Double
        /// Of the last step.
        public let loss: Double
        /// Largest resident memory of this process so far, in bytes.
        public let peakMemory: Int
    }

    private static let warmUpSteps = 5

    /// Measures the steps of the first epoch, after a few that are not counted.
    public static func run<Work: Workload>(_ workload: Work) throws(WorkloadError) -> Result {
        try workload.beginEpoch(0, isNew: true)
        return try WorkloadError.lifting { () throws(TorchError) in
            let steps = workload.steps(inEpoch: 0)
            for step in 0..<min(warmUpSteps, steps) { _ = try workload.step(step, epoch: 0) }
            let (started, used) = (ContinuousClock.now, processorSeconds())
            var (samples, loss) = (0, 0.0)
            for step in 0..<steps {
                let result = try workload.step(step, epoch: 0)
                samples += result.samples
                loss = result.loss
            }
            let seconds = (ContinuousClock.now - started) / .seconds(1)
            return Result(
                samplesPerSecond: Double(samples) / seconds,
                samplesPerProcessorSecond: Double(samples) / (processorSeconds() - used), seconds: seconds, loss: loss,
                peakMemory: peakMemory())
        }
    }

    private static func processorSeconds() -> Double { Double(clock()) / Double(CLOCKS_PER_SEC) }

    private static func peakMemory() -> Int {
        var usage = rusage()
        return getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 ? usage.ru_maxrss * 1024 : 0
    }
}
