import Glibc
import HyperSchedProtocol
import Synchronization

/// The checkpoint archives of a daemon, each under the SHA-256 of its content: `DIR/ab/abcdef….tar`. A name that is
/// there has its whole content on the disk.
public final class CheckpointStore: Sendable {
    /// Bytes an archive may have.
    public let maximumSize: Int64
    let directory: String
    private let state = Mutex(State())

    private struct State {
        var uploads = 0
        /// Archives that must stay although no trial refers to them yet: stored, not yet committed.
        var pinned: [String: Int] = [:]
    }

    /// Opens the store, makes its directory, and removes what interrupted uploads have left.
    public init(directory: String, maximumSize: Int64) throws(StoreError) {
        self.directory = directory
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
    /// - Parameter sha256: what the sender says its content hashes to.
    public func beginUpload(sha256: String) throws(UploadError) -> CheckpointUpload {
        guard let target = path(of: sha256) else { throw .badDigest(sha256) }
        let number = state.withLock { state in
            state.uploads += 1
            return state.uploads
        }
        do {
            let file = try DurableFile.create("\(directory)/incoming/\(getpid()).\(number)")
            return CheckpointUpload(store: self, file: file, sha256: sha256, target: target)
        } catch {
            throw .store(StoreError(error))
        }
    }

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
    /// The content is not what the sender said: damaged on the way, or cut off.
    case wrongContent(declared: String, actual: String)
    case store(StoreError)
}
