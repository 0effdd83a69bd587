import Foundation
import Torch

/// Finds the stored map of each image of an index:
/// - one `.npy` with a row per row of the index, `[N, P, h, w]` or `[N, h, w]`;
/// - one `.safetensors` with a tensor per image, named as the image's file (with or without its ending);
/// - a folder with a `.npy`, `.safetensors` (tensor `attention` or `unnormalized_attentions`) or `.png` file per image,
///   at the image's place in its folder. A PNG is a mask: what is above 0 counts;
/// - the word `zeros`: nothing in any image counts.
struct AttentionFiles {
    /// What to do about an image without a map.
    enum Missing: String, Sendable {
        case error, skip
    }

    static let zeros = "zeros"
    private static let tensorNames = ["attention", "unnormalized_attentions", "mask"]

    let path: String
    let missing: Missing

    /// - Parameters:
    ///   - rows: places in the index whose maps are wanted.
    ///   - required: an image without a map is an error unless `missing` says to skip it.
    /// - Returns: nil where none of the images has a map and none needs one.
    func read(
        _ index: ImageIndex, rows: [Int], height: Int, width: Int, required: Bool
    ) throws(WorkloadError) -> StoredMaps? {
        try WorkloadError.lifting { () throws(TorchError) in
            if path == Self.zeros {
                // A map that is zero everywhere would count as none; the smallest value that is not does the same.
                let tiny = try Tensor.full([rows.count, 1, 1, 1], Double(Float.leastNormalMagnitude))
                return StoredMaps(tensor: tiny, areMasks: true)
            }
            if path.hasSuffix(".npy") { return try table(index, rows) }
            let file = path.hasSuffix(".safetensors") ? try SafetensorsFile.read(path) : nil
            return try perImage(index, rows, file, (height, width), required: required)
        }
    }

    private func bad(_ message: String) -> TorchError { TorchError(kind: .badFile, message: message) }

    private func table(_ index: ImageIndex, _ rows: [Int]) throws(TorchError) -> StoredMaps {
        let all = try NpyFile.read(path)
        let shape = try all.shape()
        guard shape.count == 3 || shape.count == 4, shape[0] == index.rows.count else {
            throw bad(
                "\(path): expected maps [N, P, h, w] or [N, h, w] with N = \(index.rows.count), a row per row of "
                    + "\(index.path), found \(shape)")
        }
        let stacked = shape.count == 3 ? try all.insertingAxis(1) : all
        let chosen = try stacked.selecting(Tensor.of(rows.map(Int64.init)), axis: 0).converted(to: .float32)
        try check(chosen, path)
        return StoredMaps(tensor: chosen, areMasks: false)
    }

    /// The maps of one file or folder with a tensor or picture per image.
    private func perImage(
        _ index: ImageIndex, _ rows: [Int], _ file: SafetensorsFile?, _ size: (height: Int, width: Int), required: Bool
    ) throws(TorchError) -> StoredMaps? {
        let named = Dictionary((file?.tensors ?? []).map { ($0.name, $0.tensor) }) { first, _ in first }
        var found: [Tensor?] = []
        var areMasks = false
        var shape: (sizes: [Int], source: String)?
        for row in rows {
            let name = index.rows[row].file
            let stem = (name as NSString).deletingPathExtension
            let read: (tensor: Tensor, isMask: Bool, source: String)?
            if file != nil {
                read = (named[name] ?? named[stem]).map { ($0, false, "\(path): \(name)") }
            } else {
                read = try single(path + "/" + stem, size)
            }
            guard let read else {
                guard missing == .skip || !required else {
                    throw bad(
                        "\(path): expected a map of \(name)"
                            + (file == nil ? " as \(stem).npy, .safetensors or .png" : "")
                            + ", found none; missing_maps=skip trains such images without one")
                }
                found.append(nil)
                continue
            }
            let map = try planes(read.tensor, read.source)
            let sizes = try map.shape()
            if let shape, shape.sizes != sizes {
                throw bad("\(read.source): expected maps of shape \(shape.sizes) as \(shape.source), found \(sizes)")
            }
            shape = shape ?? (sizes, read.source)
            areMasks = read.isMask
            found.append(map)
        }
        guard let shape else { return nil }
        let empty = try Tensor.zeros(shape.sizes)
        return StoredMaps(tensor: try Tensor.stacked(found.map { $0 ?? empty }), areMasks: areMasks)
    }

    private func single(
        _ stem: String, _ size: (height: Int, width: Int)
    ) throws(TorchError) -> (tensor: Tensor, isMask: Bool, source: String)? {
        let manager = FileManager.default
        if manager.fileExists(atPath: stem + ".npy") { return (try NpyFile.read(stem + ".npy"), false, stem + ".npy") }
        let tensors = stem + ".safetensors"
        if manager.fileExists(atPath: tensors) {
            let file = try SafetensorsFile.read(tensors)
            guard let tensor = Self.tensorNames.lazy.compactMap({ file[$0] }).first else {
                throw bad(
                    "\(tensors): expected a tensor \(Self.tensorNames.joined(separator: ", ")), found "
                        + file.tensors.map(\.name).joined(separator: ", "))
            }
            return (tensor, false, tensors)
        }
        if manager.fileExists(atPath: stem + ".png") {
            return (try mask(stem + ".png", size), true, stem + ".png")
        }
        if manager.fileExists(atPath: stem + ".pth") {
            throw bad(
                "\(stem).pth: expected .npy, .safetensors or .png; docs/workloads/gals.md says how to convert the "
                    + "pickled maps of the GALS code")
        }
        return nil
    }

    /// 1 where the picture is above 0 (of alpha, where it has one), in the size of the images.
    private func mask(_ path: String, _ size: (height: Int, width: Int)) throws(TorchError) -> Tensor {
        let picture: Picture
        do throws(WorkloadError) {
            picture = try Picture.read(path)
        } catch { throw bad(error.message) }
        let channels = picture.channels
        let hasAlpha = channels == 2 || channels == 4
        let bytes = (0..<picture.width * picture.height).map { place -> Float in
            let pixel = picture.pixels[place * channels..<(place + 1) * channels]
            return (hasAlpha ? pixel[pixel.endIndex - 1] > 0 : pixel.contains { $0 > 0 }) ? 1 : 0
        }
        let mask = try Tensor.of(bytes, shape: [1, 1, picture.height, picture.width])
        guard picture.height != size.height || picture.width != size.width else { return try mask.droppingAxis(0) }
        return try mask.resized(height: size.height, width: size.width, .nearest).droppingAxis(0)
    }

    /// `[P, h, w]` of `[P, 1, h, w]`, `[P, h, w]` or `[h, w]`.
    private func planes(_ tensor: Tensor, _ source: String) throws(TorchError) -> Tensor {
        let shape = try tensor.shape()
        guard (2...4).contains(shape.count), shape.count < 4 || shape[1] == 1 else {
            throw bad("\(source): expected a map [P, 1, h, w], [P, h, w] or [h, w], found \(shape)")
        }
        let height = shape[shape.count - 2], width = shape[shape.count - 1]
        let planes = try tensor.reshaped([-1, height, width]).converted(to: .float32)
        try check(planes, source)
        return planes
    }

    private func check(_ maps: Tensor, _ source: String) throws(TorchError) {
        guard try maps.isFinite().areAllTrue() else {
            throw bad("\(source): expected finite numbers, found NaN or infinity")
        }
    }
}
