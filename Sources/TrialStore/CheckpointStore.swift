import Glibc
import HyperSchedProtocol
import Synchronization

/// The checkpoint archives of a daemon, each under the SHA-256 of its content: `DIR/ab/abcdef….tar`. A name that is
/// there has its whole content on the disk.
public final class CheckpointStore: Sendable {
    /// Bytes an archive may have.
    public let maximumSize: Int64
    let directory: String
    /// Bytes that must stay free on its disk: the database is there, too.
    private let reservedBytes: Int64
    private let freeBytes: @Sendable (String) -> Int64?
    private let state = Mutex(State())

    private struct State {
        var uploads = 0
        /// Bytes that uploads under way have announced.
        var expected: Int64 = 0
        /// Archives that must stay although no trial refers to them yet: stored, not yet committed.
        var pinned: [String: Int] = [:]
    }

    /// Opens the store, makes its directory, and removes what interrupted uploads have left.
    /// - Parameters:
    ///   - reservedBytes: an upload that would leave less free is not begun.
    ///   - freeBytes: of the disk that a path lies on; nil: unknown. Another one in tests.
    public init(
        directory: String, maximumSize: Int64, reservedBytes: Int64 = 0,
        freeBytes: @escaping @Sendable (String) -> Int64? = freeDiskBytes
    ) throws(StoreError) {
        self.directory = directory
        self.reservedBytes = reservedBytes
        self.freeBytes = freeBytes
        self.maximumSize = maximumSize
        do {
            try createDirectory(directory)
            try createDirectory(directory + "/incoming")
        } catch {
            throw StoreError(error)
        }
        for name in namesInDirectory(directory + "/incoming") { unlink(directory + "/incoming/" + name) }
    }

    /// The archive's path; nil when `sha256` is no such digest (it comes from URLs).
    public func path(of sha256: String) -> String? {
        guard Self.isDigest(sha256) else { return nil }
        return "\(directory)/\(sha256.prefix(2))/\(sha256).tar"
    }

    /// Bytes of a stored archive; nil when it is not there.
    public func size(of sha256: String) -> Int64? { path(of: sha256).flatMap(fileSize) }

    /// True for 64 lower-case hexadecimal digits.
    public static func isDigest(_ text: String) -> Bool {
        text.utf8.count == 64
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    /// Starts to take in an archive.
    /// - Parameters:
    ///   - sha256: what the sender says its content hashes to.
    ///   - size: the bytes to come, where the sender says it; nil: only a full disk ends it.
    public func beginUpload(sha256: String, size: Int64? = nil) throws(UploadError) -> CheckpointUpload {
        guard let target = path(of: sha256) else { throw .badDigest(sha256) }
        let size = max(0, size ?? 0)
        guard size <= maximumSize else { throw .tooLarge(limit: maximumSize) }
        let number = try admit(size)
        do {
            let file = try DurableFile.create("\(directory)/incoming/\(getpid()).\(number)")
            return CheckpointUpload(store: self, file: file, sha256: sha256, target: target, expected: size)
        } catch {
            release(size)
            throw .store(StoreError(error))
        }
    }

    /// Room for all uploads under way together, not only for each alone.
    private func admit(_ size: Int64) throws(UploadError) -> Int {
        let free = freeBytes(directory)
        let reserved = reservedBytes
        let answer = state.withLock { state -> Result<Int, UploadError> in
            let left = free.map { $0 - state.expected }
            if let left, left - size < reserved { return .failure(.noRoom(size: size, free: left, reserved: reserved)) }
            state.uploads += 1
            state.expected += size
            return .success(state.uploads)
        }
        return try answer.get()
    }

    /// An upload is over.
    func release(_ size: Int64) { state.withLock { $0.expected -= size } }

    /// Keeps the archive from ``remove(_:)`` until ``unpin(_:)``.
    func pin(_ sha256: String) { state.withLock { $0.pinned[sha256, default: 0] += 1 } }

    /// The archive's fate is decided: it is in the database, or nobody wants it.
    public func unpin(_ sha256: String) {
        state.withLock { state in
            guard let count = state.pinned[sha256] else { return }
            state.pinned[sha256] = count > 1 ? count - 1 : nil
        }
    }

    /// Deletes an archive that no trial refers to. One that is just being stored stays.
    public func remove(_ sha256: String) {
        guard let path = path(of: sha256) else { return }
        state.withLock { state in
            if state.pinned[sha256] == nil { unlink(path) }
        }
    }

    /// Deletes every archive that is not in `referenced`; gives the number deleted. For the start, before any upload.
    @discardableResult
    public func removeAll(except referenced: Set<String>) -> Int {
        var count = 0
        for prefix in namesInDirectory(directory) where prefix.utf8.count == 2 {
            for name in namesInDirectory("\(directory)/\(prefix)") {
                let digest = String(name.prefix(64))
                if name == digest + ".tar" && referenced.contains(digest) { continue }
                unlink("\(directory)/\(prefix)/\(name)")
                count += 1
            }
        }
        return count
    }
}

/// Why an archive was not taken.
public enum UploadError: Error, Equatable, Sendable {
    /// Not 64 lower-case hexadecimal digits.
    case badDigest(String)
    /// Larger than the limit, in bytes.
    case tooLarge(limit: Int64)
    /// It would leave less than the reserve on the disk; all in bytes. Later there may be room.
    case noRoom(size: Int64, free: Int64, reserved: Int64)
    /// The content is not what the sender said: damaged on the way, or cut off.
    case wrongContent(declared: String, actual: String)
    case store(StoreError)
}

/// Bytes that a program without privileges may still write to the disk of `path`; nil where that can not be found out.
@Sendable public func freeDiskBytes(_ path: String) -> Int64? {
    var status = statvfs()
    guard statvfs(path, &status) == 0 else { return nil }
    return Int64(status.f_bavail) * Int64(status.f_frsize)
}
