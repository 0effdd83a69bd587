import Foundation
import Testing
import Torch

@Suite("Safetensors files", .enabled(if: TorchRuntime.isAvailable, "libtorch is missing"))
struct SafetensorsTests {
    private func path() -> String {
        NSTemporaryDirectory() + "/hypersched-\(UUID().uuidString).safetensors"
    }

    private func example() throws -> SafetensorsFile {
        SafetensorsFile(
            tensors: [
                NamedTensor(name: "b", tensor: try Tensor.of([1.5, -2, .infinity] as [Float], shape: [3, 1])),
                NamedTensor(name: "a", tensor: try Tensor.of([0.1, 1e300] as [Double])),
                NamedTensor(name: "bytes", tensor: try Tensor.of([0, 255, 7] as [UInt8])),
                NamedTensor(name: "whole \"x\"", tensor: try Tensor.of([Int64.min, Int64.max])),
                NamedTensor(name: "empty", tensor: try Tensor.zeros([0, 4])),
            ], metadata: ["note": "line\nbreak, \"quotes\" and \\", "n": "1"])
    }

    private func read(_ bytes: Data) throws -> SafetensorsFile {
        let path = path()
        try bytes.write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try SafetensorsFile.read(path)
    }

    @Test func roundTrip() throws {
        let bytes = try example().encoded()
        let file = try read(bytes)
        #expect(file.metadata == (try example().metadata))
        #expect(try file["a"]?.values(Double.self) == [0.1, 1e300])
        #expect(try file["b"]?.shape() == [3, 1])
        #expect(try file["b"]?.values(Float.self) == [1.5, -2, .infinity])
        #expect(try file["bytes"]?.values(UInt8.self) == [0, 255, 7])
        #expect(try file["whole \"x\""]?.values(Int64.self) == [Int64.min, Int64.max])
        #expect(try file["empty"]?.shape() == [0, 4])
        #expect(try file.encoded() == bytes)
    }

    /// Every cut of a file is an error that names the file, and none is a crash.
    @Test func truncatedFilesAreRefused() throws {
        let bytes = try example().encoded()
        for length in [0, 7, 8, 40, bytes.count - 1] {
            let error = #expect(throws: TorchError.self) { _ = try read(bytes.prefix(length)) }
            #expect(error?.kind == .badFile)
            #expect(error?.message.contains(".safetensors: ") == true)
            #expect(error?.message.contains("found") == true)
        }
        #expect(throws: TorchError.self) { _ = try read(bytes + Data([0])) }
    }

    /// Files of the usual floating-point types, as other programs write them.
    @Test func halfPrecisionIsRead() throws {
        let header =
            #"{"b":{"dtype":"BF16","shape":[2],"data_offsets":[4,8]},"h":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}"#
        let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
        let halves: [UInt8] = [0x00, 0x3C, 0x00, 0xC1]  // 1, -2.5
        let brains: [UInt8] = [0x80, 0x3F, 0x20, 0xC0]  // 1, -2.5
        let file = try read(length + Data(header.utf8) + Data(halves + brains))
        for name in ["h", "b"] {
            #expect(try file[name]?.converted(to: .float32).values(Float.self) == [1, -2.5])
        }
        #expect(try file["h"]?.type() == .float16)
        #expect(try file["b"]?.type() == .bfloat16)
        #expect(try read(file.encoded())["b"]?.type() == .bfloat16)
    }

    @Test func missingFilesAreNamed() {
        let error = #expect(throws: TorchError.self) { _ = try SafetensorsFile.read("/nowhere/x.safetensors") }
        #expect(error?.message.hasPrefix("/nowhere/x.safetensors") == true)
    }

    @Test(arguments: [
        (#"[1]"#, "a JSON object"), (#"{"a":5}"#, "an object for 'a'"),
        (#"{"a":{"dtype":"F8","shape":[1],"data_offsets":[0,1]}}"#, "a dtype of"),
        (#"{"a":{"dtype":"F32","shape":[1]}}"#, "shape and data_offsets"),
        (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, "shape and data_offsets"),
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, "8 bytes for 'a'"),
        (#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}"#, "4 bytes for 'a'"),
        (#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[-4,0]}}"#, "4 bytes for 'a'"),
        (
            #"{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}"#,
            "the data of 'b' at byte 3"
        ),
        (
            #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}"#,
            "the data of 'b' at byte 1"
        ),
        (#"{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}"#, "3 bytes of data"),
        (#"{"a":{"dtype":"I64","shape":[4611686018427387904,4],"data_offsets":[0,4]}}"#, "a shape that fits in memory"),
    ])
    func wrongHeadersAreRefused(_ header: String, _ expected: String) throws {
        let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
        let bytes = length + Data(header.utf8) + Data([0, 0, 0, 0])
        let error = #expect(throws: TorchError.self) { _ = try read(bytes) }
        #expect(error?.message.contains("expected " + expected) == true, "\(error?.message ?? "")")
    }

    @Test func hugeHeaderLengthsAreRefused() throws {
        let error = #expect(throws: TorchError.self) { _ = try read(Data(repeating: 0xFF, count: 64)) }
        #expect(error?.message.contains("a header of at most") == true)
    }
}
