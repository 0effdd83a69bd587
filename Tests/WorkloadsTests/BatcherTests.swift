import Testing
import Torch

@testable import Workloads

@Suite("Batches")
struct BatcherTests {
    private func batcher(seed: UInt64 = 1, augment: Bool = false, epochImages: Int = 120) -> ImageBatcher {
        ImageBatcher(
            images: SyntheticImages.splits.training, trainImages: 300, epochImages: epochImages, seed: seed,
            augment: augment)
    }

    @Test func orderIsAFunctionOfSeedEpochAndPosition() {
        let batcher = batcher()
        let epoch = batcher.order(epoch: 2, positions: 0..<120)
        for position in [0, 59, 60, 119] { #expect(batcher.index(epoch: 2, position: position) == epoch[position]) }
        #expect(epoch != self.batcher(seed: 2).order(epoch: 2, positions: 0..<120))
        #expect(epoch != batcher.order(epoch: 3, positions: 0..<120))
    }

    /// Five epochs of 120 images are two passes over 300: every image comes exactly twice.
    @Test func shortEpochsUseEveryImageEquallyOften() {
        let batcher = batcher()
        var counts = [Int](repeating: 0, count: 300)
        for epoch in 0..<5 { for index in batcher.order(epoch: epoch, positions: 0..<120) { counts[index] += 1 } }
        #expect(counts.allSatisfy { $0 == 2 })
    }

    @Test(.enabled(if: TorchRuntime.isAvailable, "libtorch is missing"))
    func imagesAreNormalisedAndLabelled() throws {
        let images = SyntheticImages.splits.training
        let batch = try batcher().plain(3..<5)
        #expect(try batch.images.shape() == [2, 1, 8, 8])
        #expect(try batch.labels.values(Int64.self) == [Int64(images.labels[3]), Int64(images.labels[4])])
        let expected = (Float(images.pixels[3 * 64 + 7]) - 72.94) / 90.02
        #expect(try batch.images.values(Float.self)[7] == expected)
    }

    @Test(.enabled(if: TorchRuntime.isAvailable, "libtorch is missing"))
    func augmentationIsReproducibleWhereverABatchStarts() throws {
        let batcher = batcher(augment: true)
        let whole = try batcher.training(epoch: 1, positions: 0..<20).images
        let part = try batcher.training(epoch: 1, positions: 10..<20).images
        #expect(try whole.slice(10..<20).isEqual(to: part))
        let plain = try self.batcher().training(epoch: 1, positions: 0..<20).images
        #expect(try !whole.isEqual(to: plain))
    }
}
