import Foundation
import HyperSchedProtocol
import Testing
import Torch

@testable import Workloads

/// Small pictures in a folder: a bright disc per image, with an alpha channel around it.
final class DiscImages {
    let folder: TemporaryFolder

    init(count: Int = 40) throws {
        folder = try TemporaryFolder()
        for index in 0..<count {
            let generator = CounterGenerator(seed: 1, stream: UInt64(index))
            let (cx, cy) = (6 + 4 * generator.uniform(0), 6 + 4 * generator.uniform(1))
            let pixels = (0..<256).flatMap { place -> [UInt8] in
                let (dx, dy) = (Double(place % 16) - cx, Double(place / 16) - cy)
                let inside = dx * dx + dy * dy < 30
                return [
                    UInt8(100 + index), UInt8(120 + 8 * (place % 16)), UInt8(100 + 9 * (place / 16)), inside ? 255 : 0,
                ]
            }
            let picture = Picture(width: 16, height: 16, channels: 4, pixels: pixels)
            try WarpedPairs.write(picture.encodedPNG(), "\(folder.path)/\(index / 10)/disc-\(index).png")
        }
    }

    func training(
        epochs: Int = 2, folder: String? = nil, resume: String? = nil
    ) throws -> TrainingRun<DenoiserWorkload> {
        let configuration = Configuration([
            ("images", .string("folder")), ("data_dir", .string(self.folder.path)), ("image_size", .int(16)),
            ("width", .int(8)), ("batch_size", .int(8)), ("epoch_images", .int(40)),
        ])
        let trial = try Trial(configuration, of: DenoiserWorkload.description, seed: 2, totalEpochs: epochs)
        return try TrainingRun(trial, checkpointFolder: folder, resume: resume)
    }
}

@Suite("Hyperfeatures: denoiser, features and pairs", .enabled(if: TorchRuntime.isAvailable, "libtorch is missing"))
struct DenoiserTests {
    @Test func resumedTrainingEqualsUninterrupted() throws {
        let images = try DiscImages()
        try ResumeCheck.run(stepsPerAttempt: 3) { folder, resume in
            try images.training(folder: folder, resume: resume)
        }
    }

    @Test func learns() throws {
        let log = ReportLog()
        _ = try DiscImages().training(epochs: 20).run(shouldStop: { false }, report: log.add)
        let losses = log.reports.compactMap { $0["val_loss"] }
        // Before any training the prediction is 0: the loss is the variance of the noise, 1.
        #expect(losses.count == 20 && losses[0] < 1.1 && losses[19] < 0.5)
    }

    /// From pictures to trained descriptors, with the programs' own parts; twice, byte by byte.
    @Test func theWholeWay() throws {
        let images = try DiscImages()
        let folder = try TemporaryFolder()
        _ = try images.training(epochs: 1, folder: folder.path + "").run(shouldStop: { false }, report: { _ in })
        var bytes: [[Data]] = []
        for name in ["a", "b"] {
            let data = "\(folder.path)/\(name)"
            let pairs = try WarpedPairs(images: "folder", folder: images.folder.path, size: 16, seed: 4)
            #expect(try pairs.write(to: data, train: 5, val: 2, test: 3) == [5, 2, 3])
            let extraction = try FeatureExtraction(
                checkpoint: folder.path + "/step-000001", steps: 10, timesteps: [300, -1])
            let named = try HyperfeaturesInspection.images(of: data)
            #expect(named.count == 20)
            try extraction.write(images: named, imageFolder: data + "/images", featureFolder: data + "/features")
            bytes.append(
                try named.map { image in
                    let stem = (image as NSString).deletingPathExtension
                    return try Data(contentsOf: URL(fileURLWithPath: "\(data)/features/\(stem).safetensors"))
                })
        }
        #expect(bytes[0] == bytes[1])
        let configuration = Configuration([
            ("data_dir", .string(folder.path + "/a")), ("projection_dim", .int(16)), ("norm_groups", .int(2)),
            ("epoch_pairs", .int(4)),
        ])
        let trial = try Trial(configuration, of: .hyperfeatures, seed: 0, totalEpochs: 1)
        let training = try TrainingRun<HyperfeaturesWorkload>(trial)
        let layout = training.workload.store.layout.text
        #expect(layout == "timesteps -1,300; layers 32x4x4,32x4x4,16x8x8,16x8x8,8x16x16,8x16x16")
        #expect(try training.run(shouldStop: { false }, report: { _ in }) == .finished)
    }

    /// A point of the warped image shows what the annotation says: without brightness and noise the colours agree.
    @Test func warpsAreWhatTheySay() throws {
        var strength = ImageWarp.Strength()
        (strength.gamma, strength.gain, strength.noise, strength.mirrored) = (1...1, 1...1, 0, 0.5)
        let size = 32
        // A smooth picture: colours are nearly linear between neighbours.
        let pixels = (0..<size * size).map { place in
            UInt8(128 + 60 * sin(Double(place % size) / 5) + 60 * cos(Double(place / size) / 6))
        }
        let image = ObjectImage(
            name: "x", size: size, channels: 1, pixels: pixels, mask: [Bool](repeating: true, count: size * size))
        var mirrored = 0
        for number in 0..<20 {
            let warp = ImageWarp(strength, size: size, seed: 0, number: number)
            let warped = warp(image)
            let (left, right) = (warp.origin(of: ImagePoint(x: 10, y: 16)), warp.origin(of: ImagePoint(x: 20, y: 16)))
            if right.x < left.x { mirrored += 1 }
            for place in stride(from: 0, to: size * size, by: 37) {
                let from = warp.origin(of: ImagePoint(x: Double(place % size), y: Double(place / size)))
                guard (1...Double(size - 2)).contains(from.x), (1...Double(size - 2)).contains(from.y) else { continue }
                let expected = 128 + 60 * sin(from.x / 5) + 60 * cos(from.y / 6)
                #expect(abs(Double(warped.pixels[place]) - expected) < 3, "warp \(number), place \(place)")
            }
        }
        #expect((4...16).contains(mirrored))
    }

    @Test func pairsLieOnTheObject() throws {
        let images = try DiscImages()
        let source = try ObjectImageSource(images: "folder", folder: images.folder.path, size: 16)
        let parts = try [ObjectImageSource.Part.train, .val, .test, .denoiserValidation].map { part in
            try source.images(part).map(\.name)
        }
        #expect(Set(parts.flatMap { $0 }).count == 40 && parts.map(\.count) == [26, 4, 8, 2])
        let pairs = try WarpedPairs(images: "folder", folder: images.folder.path, size: 16, seed: 0)
        for (number, image) in try source.images(.test).enumerated() {
            let (pair, warped) = try #require(pairs.pair(image, number: number, folder: "test"))
            #expect((6...12).contains(pair.targetPoints.count))
            #expect(Set(pair.targetPoints.map { $0.y * 16 + $0.x }).count == pair.targetPoints.count)
            for (from, to) in zip(pair.sourcePoints, pair.targetPoints) {
                #expect(warped.mask[Int(to.y) * 16 + Int(to.x)])
                #expect(image.mask[Int(from.y.rounded()) * 16 + Int(from.x.rounded())])
                #expect(to.x >= pair.targetBox.left && to.x < pair.targetBox.right)
            }
        }
    }

    @Test func wrongRequestsAreNamed() throws {
        let folder = try TemporaryFolder()
        let images = try DiscImages()
        _ = try images.training(epochs: 1, folder: folder.path).run(shouldStop: { false }, report: { _ in })
        let checkpoint = folder.path + "/step-000001"
        func message(_ body: () throws -> Void) -> String {
            let error = #expect(throws: WorkloadError.self) { try body() }
            return error?.message ?? ""
        }
        #expect(
            message { _ = try FeatureExtraction(checkpoint: checkpoint, steps: 10, timesteps: [50]) }
                == "timesteps: expected some of -1,0,100,200,300,400,500,600,700,800, found 50")
        #expect(
            message { _ = try FeatureExtraction(checkpoint: folder.path, steps: 10, timesteps: [0]) }
                .hasPrefix(folder.path + "/model.safetensors: cannot be read"))
        #expect(
            message { _ = try HyperfeaturesInspection.mixing(checkpoint: checkpoint) }
                .hasSuffix("workload: expected hyperfeatures, found train-denoiser"))
        #expect(
            message { _ = try ObjectImageSource(images: "folder", folder: folder.path, size: 16).images(.val) }
                == "\(folder.path): expected at least 20 PNG or JPEG files, found 0")
        #expect(
            message { _ = try WarpedPairs(images: "fashion_mnist", folder: nil, size: 30, seed: 0) }
                == "size: expected a multiple of 4, at least 28 for fashion_mnist, found 30")
    }
}
