/// Where a run stands: everything that is not a tensor of the network or the optimiser.
struct NBDTProgress: Equatable {
    /// Completed epochs, and optimiser steps done in the epoch at hand.
    var epoch = 0
    var batch = 0
    /// Sums over the images of the epoch at hand.
    var totalLoss = 0.0
    var crossEntropy = 0.0
    var treeLoss = 0.0
    var images = 0
    /// Best soft validation accuracy so far; -1 before the first.
    var best = -1.0

    mutating func add(_ losses: NBDTStep.Losses, images count: Int) {
        totalLoss += losses.total * Double(count)
        crossEntropy += losses.crossEntropy * Double(count)
        treeLoss += (losses.tree ?? 0) * Double(count)
        images += count
        batch += 1
    }

    /// Moves to the start of the next epoch.
    mutating func finishEpoch() {
        let kept = max(best, -1)
        let next = epoch + 1
        self = NBDTProgress()
        epoch = next
        best = kept
    }

    var numbers: [Double] {
        [Double(epoch), Double(batch), totalLoss, crossEntropy, treeLoss, Double(images), best]
    }

    init() {}

    /// Nil where these are not the numbers of a progress.
    init?(numbers: [Double]) {
        guard numbers.count == 7, let epoch = Int(exactly: numbers[0]), let batch = Int(exactly: numbers[1]),
            let images = Int(exactly: numbers[5]), epoch >= 0, batch >= 0
        else { return nil }
        self.epoch = epoch
        self.batch = batch
        totalLoss = numbers[2]
        crossEntropy = numbers[3]
        treeLoss = numbers[4]
        self.images = images
        best = numbers[6]
    }

    /// `step-000003` for the checkpoint of a finished epoch; `step-000003-000120` for one made when asked to stop.
    /// The two never share a name, as the first belongs to the agent once it is announced.
    func checkpointName(stopping: Bool) -> String {
        "step-" + Self.sixDigits(epoch) + (stopping ? "-" + Self.sixDigits(batch) : "")
    }

    private static func sixDigits(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    }
}
