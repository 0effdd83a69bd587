import Foundation
import Torch

/// Runs images backwards through a denoiser's DDIM steps and keeps what its decoder sees (arXiv:2305.14334).
public final class FeatureExtraction {
    private static let batchSize = 25
    private let network: DenoisingNetwork
    private let source: ObjectImageSource
    private let plan: InversionPlan
    private let iterations: [Int]
    private let origin: String
    private let schedule = NoiseSchedule()

    /// - Parameters:
    ///   - checkpoint: a directory that `train-denoiser` wrote.
    ///   - steps: of the inversion, from the clean image to noise.
    ///   - timesteps: what to keep, of -1, 0, 1000 / steps, ...
    public init(checkpoint folder: String, steps: Int, timesteps: [Int]) throws(WorkloadError) {
        guard (1...NoiseSchedule.steps).contains(steps) else {
            throw WorkloadError(.badParameters, "inversion-steps: expected 1 to 1000, found \(steps)")
        }
        plan = InversionPlan(steps: steps)
        let plan = plan
        let places = timesteps.compactMap { plan.asked.firstIndex(of: $0) }
        guard !places.isEmpty, places.count == timesteps.count else {
            let known = plan.asked.map(String.init).joined(separator: ",")
            let found = timesteps.map(String.init).joined(separator: ",")
            throw WorkloadError(.badParameters, "timesteps: expected some of \(known), found \(found)")
        }
        iterations = Set(places).sorted()
        let checkpoint = try Checkpoint(folder: folder, of: DenoiserWorkload.description)
        source = try DenoiserWorkload.source(checkpoint.parameters)
        let network = try DenoiserWorkload.network(checkpoint.parameters, seed: checkpoint.seed)
        self.network = network
        try checkpoint.restore(network.tensors)
        let weights = try WorkloadError.lifting { () throws(TorchError) in try Self.fingerprint(network) }
        origin = "denoiser \(weights), \(steps) inversion steps"
    }

    /// FNV-1a over all weights: enough to tell denoisers apart.
    private static func fingerprint(_ network: DenoisingNetwork) throws(TorchError) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for named in network.tensors {
            try named.tensor.contiguous().withBytes { (bytes) throws(TorchError) in
                for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
            }
        }
        return String(hash, radix: 16)
    }

    /// Writes a feature file for every image of a folder, or for those that lists of pairs name.
    /// - Parameters:
    ///   - images: paths below `imageFolder`.
    ///   - progress: called after each batch with the number of images done.
    public func write(
        images: [String], imageFolder: String, featureFolder: String, progress: (Int) -> Void = { _ in }
    ) throws(WorkloadError) {
        for start in stride(from: 0, to: images.count, by: Self.batchSize) {
            let names = Array(images[start..<min(start + Self.batchSize, images.count)])
            var pictures: [Picture] = []
            for name in names { pictures.append(try Picture.read(imageFolder + "/" + name)) }
            let files = try WorkloadError.lifting { () throws(TorchError) in try encoded(pictures) }
            for (name, data) in zip(names, files) {
                let stem = (name as NSString).deletingPathExtension
                try WarpedPairs.write(data, "\(featureFolder)/\(stem).safetensors")
            }
            progress(start + names.count)
        }
    }

    /// A feature file's bytes per picture.
    private func encoded(_ pictures: [Picture]) throws(TorchError) -> [Data] {
        let maps = try TorchRuntime.withoutGradients { () throws(TorchError) in try features(pictures) }
        let saved = iterations.map { plan.generationIndex(iteration: $0) }
        let timesteps = iterations.map { plan.asked[$0] }
        var files: [Data] = []
        for (index, picture) in pictures.enumerated() {
            var rows: [[Tensor]] = []
            for row in maps {
                var layers: [Tensor] = []
                for layer in row { layers.append(try layer.slice(index..<index + 1).droppingAxis(0)) }
                rows.append(layers)
            }
            files.append(
                try FeatureFile.encode(
                    rows, saved: saved, timesteps: timesteps,
                    imageSize: ImageExtent(width: picture.width, height: picture.height), origin: origin))
        }
        return files
    }

    /// `[timestep][layer]`, each `[N, C, h, w]` float16.
    private func features(_ pictures: [Picture]) throws(TorchError) -> [[Tensor]] {
        var planes: [Tensor] = []
        for picture in pictures {
            let plain = picture.premultiplied().converted(channels: source.channels)
            let fitted = try plain.resized(width: source.size, height: source.size)
            planes.append(try fitted.tensor().converted(to: .float32).scaled(by: 1 / 127.5, adding: -1))
        }
        var image = try Tensor.stacked(planes)
        var kept: [[Tensor]] = []
        for iteration in 0...(iterations.last ?? 0) {
            let t = plan.asked[iteration]
            let (noise, features) = try network(image, timesteps: [Int](repeating: t, count: pictures.count))
            if iterations.contains(iteration) {
                var row: [Tensor] = []
                for layer in features { row.append(try layer.converted(to: .float16)) }
                kept.append(row)
            }
            image = try schedule.moved(image, noise: noise, from: t, to: plan.next[iteration])
        }
        return kept
    }
}
