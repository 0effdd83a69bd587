import Foundation
import Torch

/// The feature files of a folder, read when they are first needed and kept as long as they fit.
///
/// The features of `dog/a.jpg` lie in `dog/a.safetensors` or `dog/a.npy`.
final class FeatureStore {
    let folder: String
    /// What is used of the files.
    let layout: FeatureLayout
    /// What made the features.
    let origin: String?
    private let whole: FeatureLayout
    private let firstPath: String
    private let chosen: (timesteps: [Int], layers: [Int])
    private let npyChannels: [Int]
    private let memoryLimit: Int
    private var kept: [String: [Tensor]] = [:]
    private var memory = 0

    /// - Parameters:
    ///   - image: any image of the set; its file says what the others have to look like.
    ///   - memoryLimit: bytes of features to keep in memory.
    init(
        folder: String, image: String, selection: FeatureSelection, npyChannels: [Int], memoryLimit: Int
    ) throws(WorkloadError) {
        self.folder = folder
        self.npyChannels = npyChannels
        self.memoryLimit = memoryLimit
        let first = try WorkloadError.lifting { () throws(TorchError) in
            try FeatureFile.read(Self.path(of: image, folder), npyChannels: npyChannels)
        }
        firstPath = first.path
        whole = first.layout
        origin = first.origin
        let chosen = try selection.chosen(from: whole)
        self.chosen = chosen
        let whole = whole
        layout = FeatureLayout(
            timesteps: chosen.timesteps.map { whole.timesteps[$0] }, layers: chosen.layers.map { whole.layers[$0] })
    }

    /// The chosen features of an image, one tensor per layer: `[timesteps, channels, h, w]`, as stored.
    func features(of image: String) throws(TorchError) -> [Tensor] {
        if let found = kept[image] { return found }
        let file = try FeatureFile.read(Self.path(of: image, folder), npyChannels: npyChannels)
        guard file.layout == whole, file.origin == origin else {
            let (expected, found) =
                file.layout == whole
                ? (origin ?? "no origin", file.origin ?? "no origin") : (whole.text, file.layout.text)
            throw TorchError(
                kind: .badFile,
                message: "\(file.path): expected features like those of \(firstPath), \(expected), found \(found)")
        }
        var layers: [Tensor] = []
        var bytes = 0
        for layer in chosen.layers {
            let maps = chosen.timesteps.map { file.maps[$0][layer] }
            let joined = try Tensor.stacked(maps)
            layers.append(joined)
            bytes += try joined.shape().reduce(1, *) * joined.type().size
        }
        keep(layers, bytes: bytes, of: image)
        return layers
    }

    private func keep(_ layers: [Tensor], bytes: Int, of image: String) {
        guard bytes <= memoryLimit else { return }
        if memory + bytes > memoryLimit {
            // All images are asked for equally often: which ones to forget makes no difference.
            kept.removeAll()
            memory = 0
        }
        kept[image] = layers
        memory += bytes
    }

    /// Several images as the network wants them: per layer `[images * timesteps, channels, h, w]`.
    func batch(_ images: [String], type: ElementType = .float32, on device: Device) throws(TorchError) -> [Tensor] {
        var parts = [[Tensor]](repeating: [], count: layout.layers.count)
        for image in images {
            for (layer, tensor) in try features(of: image).enumerated() { parts[layer].append(tensor) }
        }
        var joined: [Tensor] = []
        for tensors in parts { joined.append(try Tensor.concatenated(tensors).copied(to: device).converted(to: type)) }
        return joined
    }

    private static func path(of image: String, _ folder: String) throws(TorchError) -> String {
        let stem = folder + "/" + (image as NSString).deletingPathExtension
        for ending in [".safetensors", ".npy"] where FileManager.default.fileExists(atPath: stem + ending) {
            return stem + ending
        }
        throw TorchError(
            kind: .badFile, message: "\(stem): expected features of \(image) in .safetensors or .npy, found neither")
    }
}
