import CZlib

/// Reads a whole gzip file (or a plain one, which zlib passes through) through zlib.
enum GzipReader {
    private static let chunk = 1 << 20

    /// - Parameter limit: a file that unpacks to more bytes is refused.
    static func read(_ path: String, limit: Int) throws(WorkloadError) -> [UInt8] {
        guard let file = gzopen(path, "rb") else {
            throw WorkloadError(.badData, "\(path): cannot be opened")
        }
        defer { gzclose(file) }
        var bytes: [UInt8] = []
        while true {
            let start = bytes.count
            bytes.append(contentsOf: repeatElement(0, count: chunk))
            let read = bytes.withUnsafeMutableBytes { buffer in
                gzread(file, buffer.baseAddress! + start, UInt32(chunk))
            }
            bytes.removeLast(chunk - max(0, Int(read)))
            var code: Int32 = 0
            let reason = gzerror(file, &code).map { String(cString: $0) } ?? ""
            // A stream that ends early yields what there is and then Z_BUF_ERROR.
            guard read >= 0, code == Z_OK || code == Z_STREAM_END else {
                throw WorkloadError(.badData, "\(path): truncated or not gzip after \(bytes.count) bytes: \(reason)")
            }
            guard bytes.count <= limit else {
                throw WorkloadError(.badData, "\(path): expected at most \(limit) bytes unpacked, found more")
            }
            if read == 0 { return bytes }
        }
    }
}
