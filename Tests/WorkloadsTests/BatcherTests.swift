import Testing
import Torch

@testable import Workloads

@Suite("Batches")
struct BatcherTests {
    private func batcher(seed: UInt64 = 1, augment: Bool = false, epochImages: Int = 120) -> ImageBatcher {
        ImageBatcher(
            images: SyntheticImages.splits.training, statistics: SyntheticImages.splits.statistics, trainImages: 300,
            epochImages: epochImages, seed: seed, augmentation: augment ? .init(shift: 2) : nil)
    }

    @Test func statisticsAreThoseOfThePixels() {
        let images = ImageSet(
            channels: 2, height: 1, width: 2, classNames: ["a", "b"], pixels: [0, 10, 7, 7, 20, 30, 7, 7],
            labels: [0, 1])
        let statistics = PixelStatistics(of: images)
        #expect(statistics.means == [15, 7])
        #expect(statistics.deviations == [Float(125.0.squareRoot()), 1])
    }

    /// All channels of an image move together.
    @Test(.enabled(if: TorchRuntime.isAvailable, "libtorch is missing"))
    func channelsMoveTogether() throws {
        let grey = SyntheticImages.make(count: 20, stream: 1)
        var pixels: [UInt8] = []
        for image in 0..<20 { for _ in 0..<3 { pixels += grey.pixels[image * 64..<(image + 1) * 64] } }
        let colour = ImageSet(
            channels: 3, height: 8, width: 8, classNames: grey.classNames, pixels: pixels, labels: grey.labels)
        let batch = try ImageBatcher(
            images: colour, statistics: PixelStatistics(of: colour), trainImages: 20, epochImages: 20, seed: 1,
            augmentation: .init(shift: 2)
        ).training(epoch: 0, positions: 0..<20).images
        #expect(try batch.shape() == [20, 3, 8, 8])
        for channel in 1..<3 {
            #expect(try batch.slice(0..<1, axis: 1).isEqual(to: batch.slice(channel..<channel + 1, axis: 1)))
        }
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
