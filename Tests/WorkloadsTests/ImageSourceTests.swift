import Foundation
import Testing
import Torch

@testable import Workloads

@Suite("CIFAR, image folders, NumPy files", .enabled(if: TorchRuntime.isAvailable, "libtorch is missing"))
struct ImageSourceTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func write(_ data: Data, _ name: String) throws {
        let path = folder.path + "/" + name
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try data.write(to: URL(fileURLWithPath: path))
    }

    private func message(_ kind: ImageSource.Kind, size: Int? = nil, test: Bool = false) -> String {
        let error = #expect(throws: WorkloadError.self) {
            let source = try ImageSource(kind, folder: folder.path, imageSize: size)
            if test { _ = try source.test() } else { _ = try source.splits() }
        }
        #expect(error?.kind == .badData)
        return error?.message ?? ""
    }

    // MARK: CIFAR

    private func record(_ label: [UInt8], red: UInt8) -> Data {
        Data(label + [red] + [UInt8](repeating: 7, count: 3070) + [9])
    }

    @Test func cifarRecords() throws {
        let names = (0..<10).map { "class\($0)" }.joined(separator: "\n") + "\n\n"
        try write(Data(names.utf8), "batches.meta.txt")
        var file = Data()
        for index in 0..<1200 { file += record([UInt8(index % 10)], red: UInt8(index % 251)) }
        for batch in 1...5 { try write(file, "data_batch_\(batch).bin") }
        try write(record([3], red: 1) + record([9], red: 2), "test_batch.bin")
        let source = try ImageSource(.cifar10, folder: folder.path)
        let splits = try source.splits()
        #expect(splits.training.count == 1000 && splits.validation.count == 5000)
        #expect(splits.training.shapeText == "3x32x32" && splits.training.classNames[9] == "class9")
        #expect(splits.training.pixels[3072 * 42] == 42 && splits.training.labels[42] == 2)
        #expect(splits.statistics.means.count == 3)
        let test = try source.test()
        #expect(test.labels == [3, 9] && test.pixels[3072] == 2 && test.pixels[6143] == 9)
        try write(record([10], red: 1), "test_batch.bin")
        #expect(
            message(.cifar10, test: true).hasSuffix("test_batch.bin: expected labels below 10, found 10 in record 0"))
        try write(record([1], red: 1).dropLast(), "test_batch.bin")
        #expect(message(.cifar10, test: true).contains("expected whole records of 3073 bytes"))
        try write(Data("one\n".utf8), "batches.meta.txt")
        #expect(message(.cifar10).hasSuffix("batches.meta.txt: expected 10 class names, found 1"))
    }

    /// Two label bytes: the fine one counts.
    @Test func cifar100Records() throws {
        try write(Data((0..<100).map { "c\($0)" }.joined(separator: "\n").utf8), "fine_label_names.txt")
        try write(record([19, 77], red: 5), "test.bin")
        let test = try ImageSource(.cifar100, folder: folder.path).test()
        #expect(test.labels == [77] && test.pixels[0] == 5)
    }

    // MARK: Image folders

    private func picture(_ grey: UInt8, width: Int = 6, channels: Int = 3) throws -> Data {
        try Picture(
            width: width, height: 4, channels: channels,
            pixels: [UInt8](repeating: grey, count: width * 4 * channels)
        ).encodedPNG()
    }

    @Test func classFoldersAreDivided() throws {
        for (label, name) in ["zebra", "ant"].enumerated() {
            for index in 0..<20 { try write(picture(UInt8(label * 100 + index)), "\(name)/\(index).png") }
        }
        try write(Data(), "ant/notes.txt")
        let source = try ImageSource(.imageFolder, folder: folder.path)
        let (splits, test) = (try source.splits(), try source.test())
        #expect(splits.training.classNames == ["ant", "zebra"])
        #expect(splits.training.count == 32 && splits.validation.count == 4 && test.count == 4)
        func shades(_ set: ImageSet) -> [UInt8] { (0..<set.count).map { set.pixels[$0 * set.imageSize] } }
        let all = shades(splits.training) + shades(splits.validation) + shades(test)
        #expect(all.sorted() == (0..<20).map { UInt8($0) } + (100..<120).map { UInt8($0) })
        #expect(zip(shades(test), test.labels).allSatisfy { ($0 < 100) == ($1 == 1) })
        #expect(splits.training.shapeText == "3x4x6")
        let small = try ImageSource(.imageFolder, folder: folder.path, imageSize: 8).splits().training
        #expect(small.shapeText == "3x8x8" && shades(small) == shades(splits.training))
    }

    @Test func tinyImageNetLayout() throws {
        for name in ["n01", "n02"] {
            for index in 0..<2 { try write(picture(50, channels: 1), "train/\(name)/images/\(index).png") }
        }
        try write(picture(60, channels: 1), "val/images/val_0.png")
        try write(Data("val_0.png\tn02\t0\t0\t62\t57\n".utf8), "val/val_annotations.txt")
        let splits = try ImageSource(.imageFolder, folder: folder.path).splits()
        #expect(splits.training.labels == [0, 0, 1, 1] && splits.validation.labels == [1])
        #expect(splits.training.channels == 1)
        #expect(message(.imageFolder, test: true).contains("/test/n01: cannot be listed"))
        try write(Data("val_0.png\tn03\n".utf8), "val/val_annotations.txt")
        #expect(message(.imageFolder).contains("found val_0.png\tn03"))
        try write(picture(60, width: 5, channels: 1), "val/images/val_0.png")
        try write(Data("val_0.png\tn02\n".utf8), "val/val_annotations.txt")
        #expect(message(.imageFolder).hasSuffix("/val: expected images of 1x4x6, found 1x4x5"))
    }

    @Test func foldersThatDoNotFitAreNamed() throws {
        try write(picture(1), "a/0.png")
        #expect(message(.imageFolder).contains("expected a folder per class, at least two, found 1"))
        for index in 0..<3 {
            try write(picture(1), "a/\(index).png")
            try write(picture(1, width: 6 + index), "b/\(index).png")
        }
        #expect(message(.imageFolder).contains("image_size resizes all images"))
        for index in 0..<3 { try write(Data("not a picture".utf8), "b/\(index).png") }
        #expect(message(.imageFolder, size: 8).contains(".png: expected a PNG or JPEG file"))
    }

    // MARK: NumPy

    @Test func arrays() throws {
        let images = try Tensor.of((0..<10 * 2 * 3).map { UInt8($0) }, shape: [10, 2, 3])
        try write(NpyFile.encode(images), "train_images.npy")
        try write(NpyFile.encode(Tensor.of((0..<10).map { Int64($0 % 3) })), "train_labels.npy")
        let splits = try ImageSource(.arrays, folder: folder.path).splits()
        #expect(splits.training.count == 9 && splits.validation.labels == [0])
        #expect(splits.training.shapeText == "1x2x3" && splits.training.classNames[2] == "class 2")
        // Channels last.
        let colour = try Tensor.of((0..<2 * 2 * 2 * 3).map { UInt8($0) }, shape: [2, 2, 2, 3])
        try write(NpyFile.encode(colour), "test_images.npy")
        try write(NpyFile.encode(Tensor.of([0, 2] as [Int32])), "test_labels.npy")
        let test = try ImageSource(.arrays, folder: folder.path).test()
        #expect(test.shapeText == "3x2x2" && test.pixels.prefix(5) == [0, 3, 6, 9, 1])
        try write(NpyFile.encode(Tensor.of([0, 3] as [Int32])), "test_labels.npy")
        #expect(message(.arrays, test: true).hasSuffix("expected labels from 0 to 2, found 0 to 3"))
        try write(NpyFile.encode(Tensor.of([0, 3, 1] as [Int32])), "test_labels.npy")
        #expect(message(.arrays, test: true).hasSuffix("expected 2 whole numbers, found I32 of shape [3]"))
        try write(NpyFile.encode(Tensor.of([1, 2] as [Float])), "train_images.npy")
        #expect(message(.arrays).contains("expected uint8 of shape"))
    }
}
