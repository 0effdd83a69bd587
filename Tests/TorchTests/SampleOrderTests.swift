import Testing
import Torch

@Suite("Order of the samples")
struct SampleOrderTests {
    @Test func isAFunctionOfSeedEpochAndPosition() {
        let order = SampleOrder(samples: 300, perEpoch: 120, seed: 1)
        let epoch = order.indices(epoch: 2, positions: 0..<120)
        for position in [0, 59, 60, 119] {
            #expect(order.indices(epoch: 2, positions: position..<position + 1) == [epoch[position]])
        }
        #expect(epoch != SampleOrder(samples: 300, perEpoch: 120, seed: 2).indices(epoch: 2, positions: 0..<120))
        #expect(epoch != order.indices(epoch: 3, positions: 0..<120))
        let other = SampleOrder(samples: 300, perEpoch: 120, seed: 1, use: 1)
        #expect(epoch != other.indices(epoch: 2, positions: 0..<120))
    }

    /// Five epochs of 120 samples are two passes over 300: every sample comes exactly twice.
    @Test func shortEpochsUseEverySampleEquallyOften() {
        let order = SampleOrder(samples: 300, perEpoch: 120, seed: 1)
        var counts = [Int](repeating: 0, count: 300)
        for epoch in 0..<5 { for index in order.indices(epoch: epoch, positions: 0..<120) { counts[index] += 1 } }
        #expect(counts.allSatisfy { $0 == 2 })
    }

    @Test func batchesCoverAnEpoch() {
        let order = SampleOrder(samples: 300, perEpoch: 100, seed: 1)
        #expect(order.batches(ofSize: 32) == 4)
        #expect(order.positions(batch: 3, size: 32) == 96..<100)
        let batches = (0..<4).flatMap { order.batch($0, size: 32, epoch: 7) }
        #expect(batches == order.indices(epoch: 7, positions: 0..<100))
    }
}
