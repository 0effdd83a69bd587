import Foundation
import Testing
import Torch

@Suite("NumPy files", .enabled(if: TorchRuntime.isAvailable, "libtorch is missing"))
struct NpyTests {
    /// A file as NumPy writes it.
    private func file(_ header: String, _ data: [UInt8], version: UInt8 = 1) -> Data {
        let length = UInt16(header.utf8.count)
        let size: [UInt8] = [UInt8(length & 255), UInt8(length >> 8)] + (version > 1 ? [0, 0] : [])
        return Data([0x93] + Array("NUMPY".utf8) + [version, 0] + size + Array(header.utf8) + data)
    }

    @Test func roundTrip() throws {
        for tensor in [
            try Tensor.of([1.5, -2, .infinity, 0, 1, 2] as [Float], shape: [2, 3]), try Tensor.of([0.1, 1e300]),
            try Tensor.of([Int64.min, 5]), try Tensor.of([true, false]), try Tensor.zeros([0, 4]),
            try Tensor.of([7.0], shape: []), try Tensor.of([1, 2] as [Float]).converted(to: .float16),
        ] {
            let bytes = try NpyFile.encode(tensor)
            let again = try NpyFile.decode(bytes, path: "x.npy")
            #expect(try again.isEqual(to: tensor) && again.shape() == tensor.shape() && again.type() == tensor.type())
            #expect((bytes.count - (try tensor.contiguous().withBytes { $0.count })) % 64 == 0)
        }
    }

    @Test func ordersAndVersions() throws {
        let data: [UInt8] = [1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0]
        let rows = "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }\n"
        let columns = "{\"shape\": (2, 3), \"fortran_order\": True, \"descr\": \"<i2\"}"
        let bigEndian = "{'descr': '>i2', 'fortran_order': False, 'shape': (6,)}"
        for (header, version, expected) in [
            (rows, UInt8(1), [1, 2, 3, 4, 5, 6]), (columns, 2, [1, 3, 5, 2, 4, 6]),
            (bigEndian, 3, [256, 512, 768, 1024, 1280, 1536]),
        ] {
            let tensor = try NpyFile.decode(file(header, data, version: version), path: "x.npy")
            #expect(try tensor.converted(to: .int64).values(Int64.self) == expected.map(Int64.init))
        }
    }

    @Test func wrongFilesAreNamed() throws {
        let good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }"
        let four: [UInt8] = [0, 0, 0, 0]
        for (bytes, expected) in [
            (Data(), "expected the magic bytes \\x93NUMPY, found an empty file"),
            (Data("PK\u{3}\u{4} a zip file".utf8), "expected the magic bytes"),
            (file(good, four + four, version: 9), "expected format version 1 to 3, found 9"),
            (file(good, four), "expected 8 bytes of data for shape [2], found 4"),
            (file(good, four + four + [0]), "expected 8 bytes of data for shape [2], found 9"),
            (file(good, []).prefix(30), "expected a header of"),
            (file("{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}", four), "found '<c8'"),
            (file("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", four), "expected a header with"),
            (file("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", four), "expected a header with"),
            (
                file("{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904, 4)}", four),
                "expected a shape that fits in memory"
            ),
        ] {
            let error = #expect(throws: TorchError.self) { _ = try NpyFile.decode(Data(bytes), path: "maps.npy") }
            #expect(error?.kind == .badFile)
            #expect(error?.message.hasPrefix("maps.npy: not a valid .npy file: ") == true)
            #expect(error?.message.contains(expected) == true, "\(error?.message ?? "")")
        }
        let missing = #expect(throws: TorchError.self) { _ = try NpyFile.read("/none/x.npy") }
        #expect(missing?.message.hasPrefix("/none/x.npy: cannot be read") == true)
    }
}
