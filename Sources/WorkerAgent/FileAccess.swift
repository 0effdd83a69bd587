import CProcess
import FoundationEssentials
import Glibc

/// The few file operations of the agent, with errors that name the path.
enum FileAccess {
    static func read(_ path: String) throws -> [UInt8] {
        try [UInt8](Data(contentsOf: URL(filePath: path)))
    }

    /// The file appears whole or not at all, also after a loss of power.
    static func writeAtomically(_ bytes: [UInt8], to path: String, mode: mode_t = 0o644) throws(FileAccessError) {
        let temporary = path + ".new"
        let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard file >= 0 else { throw FileAccessError(path: temporary) }
        defer { close(file) }
        try append(bytes, to: file, path: temporary)
        guard fsync(file) == 0, rename(temporary, path) == 0 else { throw FileAccessError(path: path) }
    }

    /// Writes all of it at the descriptor's place.
    static func append(_ bytes: [UInt8], to file: Int32, path: String) throws(FileAccessError) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { write(file, $0.baseAddress! + done, $0.count - done) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw FileAccessError(path: path) }
            done += count
        }
    }

    /// Up to `maximum` bytes from `offset`; empty at the end of the file, or where there is no file.
    static func read(_ path: String, from offset: Int64, maximum: Int) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { close(file) }
        return [UInt8](unsafeUninitializedCapacity: maximum) { buffer, count in
            count = max(0, pread(file, buffer.baseAddress!, maximum, off_t(offset)))
        }
    }

    /// Gives the space of a part of a file back; it reads as zeros afterwards. False where the file system can not.
    static func punchHole(_ path: String, from start: Int64, to end: Int64) -> Bool {
        guard end > start else { return true }
        let file = open(path, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        return cprocess_punch_hole(file, start, end - start) == 0
    }

    static func makeFolder(_ path: String) throws(FileAccessError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch { throw FileAccessError(path: path, why: "\(error)") }
    }

    /// Removes a file or a whole directory; it may be missing.
    static func remove(_ path: String) {
        try? FileManager.default.removeItem(atPath: path)
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// True for a directory that is no symbolic link to one.
    static func isRealFolder(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    static func size(of path: String) -> Int64? {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_size) : nil
    }

    /// Seconds of the file system's clock; 0 where there is no file.
    static func changeTime(of path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mtim.tv_sec : 0
    }

    /// Makes it look as if it had just been written.
    static func touch(_ path: String) { utimes(path, nil) }

    /// Names in a directory, sorted; empty where there is none.
    static func names(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }
}

/// Why a file could not be used.
struct FileAccessError: Error, CustomStringConvertible {
    let path: String
    let why: String

    /// Takes the reason from `errno`.
    init(path: String) {
        self.init(path: path, why: String(cString: strerror(errno)))
    }

    init(path: String, why: String) {
        self.path = path
        self.why = why
    }

    var description: String { "\(path): \(why)" }
}
