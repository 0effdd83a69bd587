import Foundation
import Torch

/// Images and labels as NumPy files in one folder: `train_images.npy` (uint8; `[N, H, W]`, `[N, C, H, W]` or
/// `[N, H, W, C]` with C 1 or 3), `train_labels.npy` (whole numbers from 0), and in the same way `val_` and `test_`.
/// Without `val_images.npy` the last tenth of the training images is for validation. `classes.txt` may hold the names.
struct ImageArrays {
    let folder: String

    func splits() throws(WorkloadError) -> ImageSplits {
        let training = try read("train", names: nil)
        guard FileManager.default.fileExists(atPath: folder + "/val_images.npy") else {
            return try ImageSplits.cutting(
                training, validation: max(1, training.count / 10), path: folder + "/train_images.npy")
        }
        let validation = try read("val", names: training.classNames)
        if let difference = validation.difference(from: training) {
            throw WorkloadError(.badData, "\(folder)/val_images.npy: \(difference)")
        }
        return ImageSplits(training: training, validation: validation)
    }

    func test() throws(WorkloadError) -> ImageSet {
        try read("test", names: try read("train", names: nil).classNames)
    }

    private func read(_ split: String, names: [String]?) throws(WorkloadError) -> ImageSet {
        let path = "\(folder)/\(split)_images.npy"
        let (shape, pixels) = try images(path)
        let labels = try labels("\(folder)/\(split)_labels.npy", count: shape.count)
        let top = Int(labels.max() ?? 0)
        let classes: [String]
        if let names { classes = names } else { classes = try classNames(count: top + 1) }
        guard top < classes.count, (labels.min() ?? 0) >= 0 else {
            throw WorkloadError(
                .badData,
                "\(folder)/\(split)_labels.npy: expected labels from 0 to \(classes.count - 1), found "
                    + "\(labels.min() ?? 0) to \(top)")
        }
        return ImageSet(
            channels: shape.channels, height: shape.height, width: shape.width, classNames: classes, pixels: pixels,
            labels: labels)
    }

    private func classNames(count: Int) throws(WorkloadError) -> [String] {
        let path = folder + "/classes.txt"
        guard FileManager.default.fileExists(atPath: path) else { return (0..<count).map { "class \($0)" } }
        return try TextLines.read(path)
    }

    private typealias Shape = (count: Int, channels: Int, height: Int, width: Int)

    private func images(_ path: String) throws(WorkloadError) -> (Shape, [UInt8]) {
        try WorkloadError.lifting { () throws(TorchError) in
            var tensor = try NpyFile.read(path)
            var shape = try tensor.shape()
            if shape.count == 3 { shape.insert(1, at: 1) }
            if shape.count == 4, ![1, 3].contains(shape[1]), [1, 3].contains(shape[3]) {
                tensor = try tensor.permuted([0, 3, 1, 2])
                shape = try tensor.shape()
            }
            guard try tensor.type() == .uint8, shape.count == 4, [1, 3].contains(shape[1]), shape[0] > 0 else {
                throw TorchError(
                    kind: .badFile,
                    message: "\(path): expected uint8 of shape [N, H, W], [N, C, H, W] or [N, H, W, C] with C 1 or 3, "
                        + "found \(try tensor.type().rawValue) of \(try tensor.shape())")
            }
            return ((shape[0], shape[1], shape[2], shape[3]), try tensor.values(UInt8.self))
        }
    }

    private func labels(_ path: String, count: Int) throws(WorkloadError) -> [Int32] {
        try WorkloadError.lifting { () throws(TorchError) in
            let tensor = try NpyFile.read(path)
            let (shape, type) = (try tensor.shape(), try tensor.type())
            guard shape == [count], ![.float16, .bfloat16, .float32, .float64, .bool].contains(type) else {
                throw TorchError(
                    kind: .badFile,
                    message: "\(path): expected \(count) whole numbers, found \(type.rawValue) of shape \(shape)")
            }
            return try tensor.converted(to: .int32).values(Int32.self)
        }
    }
}
