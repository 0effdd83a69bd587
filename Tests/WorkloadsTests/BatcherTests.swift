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
