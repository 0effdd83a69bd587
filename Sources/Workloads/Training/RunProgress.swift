/// Where a run stands: everything that is not a tensor of the workload.
struct RunProgress: Equatable {
    /// Completed epochs, and optimiser steps done in the epoch at hand.
    var epoch = 0
    var step = 0
    /// Sums over the samples of the epoch at hand: the loss, and its terms.
    var loss = 0.0
    var terms: [Double] = []
    var samples = 0
    /// Largest value of the objective so far; -1 before the first.
    var best = -1.0

    mutating func add(_ result: StepResult) {
        let count = Double(result.samples)
        loss += result.loss * count
        if terms.isEmpty { terms = result.terms.map { _ in 0 } }
        precondition(terms.count == result.terms.count, "every step of a run has the same terms")
        for (index, term) in result.terms.enumerated() { terms[index] += term * count }
        samples += result.samples
        step += 1
    }

    func summary(samplesPerSecond: Double) -> EpochSummary {
        let count = Double(max(samples, 1))
        return EpochSummary(
            epoch: epoch, loss: loss / count, terms: terms.map { $0 / count }, samples: samples,
            samplesPerSecond: samplesPerSecond)
    }

    /// Moves to the start of the next epoch.
    mutating func finishEpoch(objective: Double?) {
        epoch += 1
        step = 0
        loss = 0
        terms = terms.map { _ in 0 }
        samples = 0
        if let objective { best = max(best, objective) }
    }

    var numbers: [Double] { [Double(epoch), Double(step), loss] + terms + [Double(samples), best] }

    init() {}

    /// Nil where these are not the numbers of a progress.
    init?(numbers: [Double]) {
        guard numbers.count >= 5, let epoch = Int(exactly: numbers[0]), let step = Int(exactly: numbers[1]),
            let samples = Int(exactly: numbers[numbers.count - 2]), epoch >= 0, step >= 0, samples >= 0
        else { return nil }
        self.epoch = epoch
        self.step = step
        loss = numbers[2]
        terms = Array(numbers[3..<numbers.count - 2])
        self.samples = samples
        best = numbers[numbers.count - 1]
    }

    /// `step-000003` for the checkpoint of a finished epoch; `step-000003-000120` for one made when asked to stop.
    /// The two never share a name, as the first belongs to the agent once it is announced.
    func checkpointName(stopping: Bool) -> String {
        "step-" + Self.sixDigits(epoch) + (stopping ? "-" + Self.sixDigits(step) : "")
    }

    private static func sixDigits(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    }
}
