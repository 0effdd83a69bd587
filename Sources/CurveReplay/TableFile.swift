import CZlib

/// Reads a whole text file, gzip or plain (zlib passes what is not gzip through).
enum TableFile {
    /// Larger tables than this are refused: they would not fit beside the simulation.
    static let largest = 1 << 30
    private static let chunk = 1 << 20

    static func read(_ path: String) throws(ReplayError) -> String {
        guard let file = gzopen(path, "rb") else {
            throw ReplayError("\(path) can not be opened", fix: "give the path of a .csv or .csv.gz file")
        }
        defer { gzclose(file) }
        var bytes: [UInt8] = []
        while true {
            let start = bytes.count
            bytes.append(contentsOf: repeatElement(0, count: chunk))
            let read = bytes.withUnsafeMutableBytes { gzread(file, $0.baseAddress! + start, UInt32(chunk)) }
            bytes.removeLast(chunk - max(0, Int(read)))
            var code: Int32 = 0
            let reason = gzerror(file, &code).map { String(cString: $0) } ?? ""
            // A stream that ends early yields what there is and then Z_BUF_ERROR.
            guard read >= 0, code == Z_OK || code == Z_STREAM_END else {
                throw ReplayError(
                    "\(path) is truncated or damaged after \(bytes.count) bytes: \(reason)", fix: "fetch it again")
            }
            guard bytes.count <= largest else {
                throw ReplayError("\(path) unpacks to more than \(largest) bytes", fix: "give fewer runs")
            }
            guard read > 0 else { return String(decoding: bytes, as: UTF8.self) }
        }
    }
}
