import Foundation
public import Torch

/// The feature maps of one image in a file.
///
/// 1. `.safetensors`: tensors `t<step>_l<layer>` of `[C, h, w]` at the sizes that they were made in, with the metadata
///    `save_timestep` (the steps, least noisy first; without it, falling numbers, as the authors count them) and
///    perhaps `timesteps` (what the denoiser was asked at), `image_size` and `origin`.
/// 2. `.npy` of `[S, C, h, w]` or `[C, h, w]`: maps of all layers joined along C in the order of `npyChannels`.
public struct FeatureFile {
    public let path: String
    public let layout: FeatureLayout
    /// `[timestep][layer]`, each `[C, h, w]` of some floating-point type.
    public let maps: [[Tensor]]
    /// What made the features; nil where the file does not say it.
    public let origin: String?
    /// Of the image that they were made from.
    public let imageSize: ImageExtent?

    private static let floats: Set<ElementType> = [.float16, .bfloat16, .float32, .float64]

    /// - Parameters:
    ///   - npyChannels: how many channels each layer has in a `.npy` file; empty for one layer.
    /// - Throws: `.badFile` naming the file, what was expected and what was found.
    public static func read(_ path: String, npyChannels: [Int] = []) throws(TorchError) -> FeatureFile {
        path.hasSuffix(".npy") ? try fromNpy(path, channels: npyChannels) : try fromSafetensors(path)
    }

    private static func wrong(_ path: String, _ expected: String, _ found: String) -> TorchError {
        TorchError(kind: .badFile, message: "\(path): expected \(expected), found \(found)")
    }

    private static func fromNpy(_ path: String, channels: [Int]) throws(TorchError) -> FeatureFile {
        var tensor = try NpyFile.read(path)
        var shape = try tensor.shape()
        if shape.count == 3 {
            tensor = try tensor.insertingAxis(0)
            shape = try tensor.shape()
        }
        guard shape.count == 4, shape.allSatisfy({ $0 > 0 }), floats.contains(try tensor.type()) else {
            throw wrong(
                path, "floating-point features of shape [S, C, h, w] or [C, h, w]",
                "\(try tensor.type().rawValue) of shape \(shape)")
        }
        let parts = channels.isEmpty ? [shape[1]] : channels
        guard parts.reduce(0, +) == shape[1] else {
            throw wrong(
                path, "\(parts.reduce(0, +)) channels, the sum of npy_layers \(parts)", "\(shape[1]) in shape \(shape)")
        }
        var maps: [[Tensor]] = []
        for step in 0..<shape[0] {
            var start = 0
            var layers: [Tensor] = []
            for count in parts {
                layers.append(try tensor.slice(step..<step + 1).droppingAxis(0).slice(start..<start + count))
                start += count
            }
            maps.append(layers)
        }
        let layers = parts.map { FeatureLayout.Layer(channels: $0, height: shape[2], width: shape[3]) }
        return FeatureFile(
            path: path, layout: FeatureLayout(timesteps: Array(0..<shape[0]), layers: layers), maps: maps, origin: nil,
            imageSize: nil)
    }

    private static func fromSafetensors(_ path: String) throws(TorchError) -> FeatureFile {
        let file = try SafetensorsFile.read(path)
        let tensors = Dictionary(file.tensors.map { ($0.name, $0.tensor) }) { first, _ in first }
        let keys = tensors.keys.compactMap(key)
        guard let layerCount = keys.map(\.layer).max().map({ $0 + 1 }) else {
            throw wrong(path, "tensors t<step>_l<layer>", tensors.keys.sorted().prefix(4).joined(separator: ", "))
        }
        let steps = try listed("save_timestep", file) ?? Set(keys.map(\.step)).sorted(by: >)
        let asked = try listed("timesteps", file) ?? steps
        guard asked.count == steps.count else {
            throw wrong(path, "timesteps: \(steps.count) numbers as in save_timestep", "\(asked.count)")
        }
        var maps: [[Tensor]] = []
        var layers: [FeatureLayout.Layer] = []
        for step in steps {
            var row: [Tensor] = []
            for layer in 0..<layerCount {
                let name = "t\(step)_l\(layer)"
                guard let tensor = tensors[name] else { throw wrong(path, "a tensor '\(name)'", "none") }
                let shape = try tensor.shape()
                guard shape.count == 3, floats.contains(try tensor.type()) else {
                    throw wrong(path, "'\(name)' of [C, h, w] numbers", "\(try tensor.type().rawValue) of \(shape)")
                }
                let size = FeatureLayout.Layer(channels: shape[0], height: shape[1], width: shape[2])
                if layers.count == layer { layers.append(size) }
                guard layers[layer] == size else {
                    throw wrong(path, "'\(name)' of \(layers[layer].text) as at the first timestep", size.text)
                }
                row.append(tensor)
            }
            maps.append(row)
        }
        let size = try listed("image_size", file)
        return FeatureFile(
            path: path, layout: FeatureLayout(timesteps: asked, layers: layers), maps: maps,
            origin: file.metadata["origin"],
            imageSize: size.flatMap { $0.count == 2 ? ImageExtent(width: $0[0], height: $0[1]) : nil })

        func listed(_ name: String, _ file: SafetensorsFile) throws(TorchError) -> [Int]? {
            guard let text = file.metadata[name] else { return nil }
            let numbers = text.split { ",[] ".contains($0) }.map { Int($0) }
            guard !numbers.isEmpty, numbers.allSatisfy({ $0 != nil }) else {
                throw wrong(path, "\(name): whole numbers with commas between them", text)
            }
            return numbers.compactMap { $0 }
        }
    }

    /// `t45_l3`
    private static func key(_ name: String) -> (step: Int, layer: Int)? {
        let parts = name.split(separator: "_")
        guard parts.count == 2, parts[0].first == "t", parts[1].first == "l", let step = Int(parts[0].dropFirst()),
            let layer = Int(parts[1].dropFirst()), layer >= 0
        else { return nil }
        return (step, layer)
    }

    /// The bytes of a `.safetensors` file.
    /// - Parameter saved: the authors' numbers of the timesteps.
    static func encode(
        _ maps: [[Tensor]], saved: [Int], timesteps: [Int], imageSize: ImageExtent, origin: String
    ) throws(TorchError) -> Data {
        var tensors: [NamedTensor] = []
        for (step, row) in zip(saved, maps) {
            for (layer, map) in row.enumerated() {
                tensors.append(NamedTensor(name: "t\(step)_l\(layer)", tensor: map))
            }
        }
        func list(_ numbers: [Int]) -> String { numbers.map(String.init).joined(separator: ",") }
        return try SafetensorsFile(
            tensors: tensors,
            metadata: [
                "save_timestep": list(saved), "timesteps": list(timesteps), "origin": origin,
                "image_size": list([imageSize.width, imageSize.height]),
            ]
        ).encoded()
    }
}
