import Foundation
import Testing

@testable import Workloads

@Suite("IDX files")
struct DataTests {
    private func write(_ bytes: [UInt8], _ name: String, _ folder: TemporaryFolder) throws -> String {
        let path = folder.path + "/" + name
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    private func word(_ value: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(value >> $0 & 255) } }

    private func message(_ bytes: [UInt8], axes: Int = 1) throws -> String {
        let folder = try TemporaryFolder()
        let path = try write(bytes, "file", folder)
        let error = #expect(throws: WorkloadError.self) { _ = try IDXFile(path: path, axes: axes) }
        #expect(error?.kind == .badData)
        #expect(error?.message.hasPrefix(path) == true)
        return error?.message ?? ""
    }

    @Test func readsPlainFiles() throws {
        let folder = try TemporaryFolder()
        let path = try write(word(0x0803) + word(2) + word(1) + word(2) + [1, 2, 3, 4], "file", folder)
        let file = try IDXFile(path: path, axes: 3)
        #expect(file.shape == [2, 1, 2])
        #expect(file.elements(1..<2) == [3, 4])
    }

    @Test func wrongFilesAreNamedWithExpectedAndFound() throws {
        #expect(try message([0, 0]).hasSuffix("expected a header of 8 bytes, found 2 bytes"))
        #expect(try message(word(0x0803) + word(1) + [5]).hasSuffix("expected magic number 2049, found 2051"))
        #expect(try message(word(0x0801) + word(3) + [1, 2]).hasSuffix("expected 3 elements for shape [3], found 2"))
        #expect(try message(word(0x0801) + word(1) + [1, 2]).hasSuffix("expected 1 elements for shape [1], found 2"))
        #expect(
            try message(word(0x0803) + word(1 << 31) + word(1 << 31) + word(4), axes: 3).contains("found 0"))
    }

    @Test func missingFilesAreNamed() {
        let error = #expect(throws: WorkloadError.self) { _ = try FashionMNIST.splits(folder: "/nowhere") }
        #expect(error?.message == "/nowhere/train-images-idx3-ubyte.gz: cannot be opened")
    }

    private static let folder = "/usr/share/datasets/fashion-mnist"
    private static let file = folder + "/train-labels-idx1-ubyte.gz"
    private static let isInstalled = FileManager.default.fileExists(atPath: file)

    @Test(.enabled(if: isInstalled, "dataset-fashion-mnist is not installed"))
    func truncatedAndDamagedGzipFilesAreNamed() throws {
        let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: Self.file)))
        #expect(try message(Array(whole.prefix(whole.count / 2))).contains("truncated or not gzip"))
        var damaged = whole
        for index in 9_000..<9_100 { damaged[index] ^= 0x5A }
        #expect(try !message(damaged).isEmpty)
    }

    @Test(.enabled(if: isInstalled, "dataset-fashion-mnist is not installed"))
    func theRealTestFilesAreRead() throws {
        let images = try FashionMNIST.test(folder: Self.folder)
        #expect(images.count == 10_000)
        for label in 0..<10 { #expect(images.labels.count { $0 == Int32(label) } == 1_000) }
    }
}
