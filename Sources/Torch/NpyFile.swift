public import Foundation

/// One array in NumPy's format: the magic bytes `\x93NUMPY`, a version, a header (a Python dictionary with the element
/// type, the order and the shape), raw data. Format: numpy.lib.format, "Format Version 1.0" to 3.0.
public enum NpyFile {
    private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
    private static let types: [(descriptor: String, type: ElementType)] = [
        ("|b1", .bool), ("|u1", .uint8), ("|i1", .int8), ("i2", .int16), ("i4", .int32), ("i8", .int64),
        ("f2", .float16), ("f4", .float32), ("f8", .float64),
    ]

    /// Reads and checks a file. Errors (`.badFile`) name the file, what was expected and what was found.
    public static func read(_ path: String) throws(TorchError) -> Tensor {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
        } catch {
            throw TorchError(kind: .badFile, message: "\(path): cannot be read: \(error.localizedDescription)")
        }
        return try decode(data, path: path)
    }

    /// - Parameter path: what errors call the data.
    public static func decode(_ data: Data, path: String) throws(TorchError) -> Tensor {
        func wrong(_ expected: String, _ found: String) -> TorchError {
            TorchError(
                kind: .badFile, message: "\(path): not a valid .npy file: expected \(expected), found \(found)")
        }
        let start = [UInt8](data.prefix(12))
        guard start.count >= 10, Array(start.prefix(6)) == magic else {
            throw wrong("the magic bytes \\x93NUMPY", start.isEmpty ? "an empty file" : "bytes \(start.prefix(6))")
        }
        let version = Int(start[6])
        guard (1...3).contains(version) else { throw wrong("format version 1 to 3", "\(version)") }
        let lengthBytes = version == 1 ? 2 : 4
        guard start.count >= 8 + lengthBytes else { throw wrong("a header length", "\(data.count) bytes") }
        let length = (0..<lengthBytes).reduce(0) { $0 | Int(start[8 + $1]) << (8 * $1) }
        let begin = 8 + lengthBytes + length
        guard data.count >= begin else { throw wrong("a header of \(length) bytes", "\(data.count) bytes in all") }
        let text = String(decoding: data.dropFirst(8 + lengthBytes).prefix(length), as: UTF8.self)
        guard let header = NpyHeader(text) else { throw wrong("a header with descr, fortran_order, shape", text) }
        guard let type = types.first(where: { header.descriptor.hasSuffix($0.descriptor) })?.type else {
            let known = types.map(\.descriptor).joined(separator: ", ")
            throw wrong("an element type of \(known)", "'\(header.descriptor)'")
        }
        guard let bytes = header.byteCount(of: type) else {
            throw wrong("a shape that fits in memory", "\(header.shape)")
        }
        guard data.count - begin == bytes else {
            throw wrong("\(bytes) bytes of data for shape \(header.shape)", "\(data.count - begin)")
        }
        return try tensor(data.dropFirst(begin), header, type)
    }

    private static func tensor(_ data: Data, _ header: NpyHeader, _ type: ElementType) throws(TorchError) -> Tensor {
        var bytes = [UInt8](data)
        if header.descriptor.hasPrefix(">") {
            for start in stride(from: 0, to: bytes.count, by: type.size) {
                bytes[start..<start + type.size].reverse()
            }
        }
        guard header.isColumnMajor, header.shape.count > 1 else {
            return try Tensor.copying(bytes, shape: header.shape, type: type)
        }
        let reversed = try Tensor.copying(bytes, shape: header.shape.reversed(), type: type)
        return try reversed.permuted(Array(header.shape.indices.reversed())).contiguous()
    }

    /// The file's bytes, version 1.0. bfloat16 has no NumPy type and is refused.
    public static func encode(_ tensor: Tensor) throws(TorchError) -> Data {
        let type = try tensor.type()
        guard let known = types.first(where: { $0.type == type }) else {
            throw TorchError(kind: .refused, message: ".npy has no element type for \(type.rawValue)")
        }
        let descriptor = known.descriptor.hasPrefix("|") ? known.descriptor : "<" + known.descriptor
        let sizes = try tensor.shape()
        let shape = sizes.map(String.init).joined(separator: ", ") + (sizes.count == 1 ? "," : "")
        var header = "{'descr': '\(descriptor)', 'fortran_order': False, 'shape': (\(shape)), }"
        // The data starts at a multiple of 64 bytes.
        header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
        var data = Data(magic + [1, 0, UInt8(header.utf8.count & 255), UInt8(header.utf8.count >> 8)])
        data.append(contentsOf: header.utf8)
        try tensor.contiguous().withBytes { (bytes) throws(TorchError) in data.append(contentsOf: bytes) }
        return data
    }
}
