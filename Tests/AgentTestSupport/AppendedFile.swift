import Glibc

/// A file that only grows, in whole pieces.
enum AppendedFile {
    static func append(_ bytes: [UInt8], to path: String) -> Bool {
        let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard file >= 0 else { return false }
        defer { close(file) }
        return bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) } == bytes.count
    }

    /// False where that would leave a gap.
    static func write(_ bytes: [UInt8], at offset: Int64, to path: String) -> Bool {
        let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        guard file >= 0 else { return false }
        defer { close(file) }
        guard lseek(file, 0, SEEK_END) >= off_t(offset) else { return false }
        return bytes.withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, off_t(offset)) } == bytes.count
    }
}
