import Glibc
public import HyperSchedProtocol
import Synchronization

/// The output of trial processes: one file per attempt, `DIR/TRIAL.ATTEMPT.log`. Not as precious as reports: what was
/// written last may be missing after a power loss, and the agent then sends it again.
public final class LogStore: Sendable {
    /// Bytes kept per attempt; what comes beyond is dropped, and the file says so at its end.
    public let maximumSize: Int64
    private let directory: String
    /// Appends are one at a time: two senders with the same offset must not both write.
    private let lock = Mutex(())

    /// Opens the store and makes its directory.
    public init(directory: String, maximumSize: Int64) throws(StoreError) {
        self.directory = directory
        self.maximumSize = maximumSize
        do {
            try createDirectory(directory)
        } catch {
            throw StoreError(error)
        }
    }

    /// What became of an ``append(_:to:offset:)``.
    public enum AppendResult: Equatable, Sendable {
        case appended
        /// Bytes before `offset` are missing here: send from `expected` on.
        case gap(expected: Int64)
    }

    /// Path of an attempt's log.
    public func path(of attempt: AttemptID) -> String { "\(directory)/\(attempt.trial).\(attempt.number).log" }

    /// Adds `bytes`, which begin at `offset` of the attempt's output. What is there already is not written again, so a
    /// repeated request changes nothing.
    public func append(
        _ bytes: UnsafeRawBufferPointer, to attempt: AttemptID, offset: Int64
    ) throws(StoreError) -> AppendResult {
        let result = lock.withLock { _ in
            Result { () throws(SystemError) in try appendLocked(bytes, to: path(of: attempt), offset: offset) }
        }
        do {
            return try result.get()
        } catch {
            throw StoreError(error)
        }
    }

    private func appendLocked(
        _ bytes: UnsafeRawBufferPointer, to path: String, offset: Int64
    ) throws(SystemError) -> AppendResult {
        let present = fileSize(path) ?? 0
        if present >= maximumSize { return .appended }
        guard offset <= present else { return .gap(expected: present) }
        let room = Int(maximumSize - present)
        let fresh = bytes.dropFirst(Int(min(present - offset, Int64(bytes.count)))).prefix(room)
        if fresh.isEmpty { return .appended }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemError("open", path) }
        defer { close(descriptor) }
        try writeAll(UnsafeRawBufferPointer(rebasing: fresh), to: descriptor, path: path)
        if fresh.count == room { try mark(descriptor, path) }
        return .appended
    }

    private func mark(_ descriptor: Int32, _ path: String) throws(SystemError) {
        let note = Array("\n[hyperschedd: output beyond \(maximumSize) bytes was dropped]\n".utf8)
        let result = note.withUnsafeBytes { bytes in
            Result { () throws(SystemError) in try writeAll(bytes, to: descriptor, path: path) }
        }
        try result.get()
    }

    /// Bytes that are there; nil when nothing was ever written.
    public func size(of attempt: AttemptID) throws(StoreError) -> Int64? {
        var status = stat()
        let path = path(of: attempt)
        if stat(path, &status) == 0 { return Int64(status.st_size) }
        if errno == ENOENT { return nil }
        throw StoreError(SystemError("stat", path))
    }

    /// Up to `limit` bytes from `offset` on; empty past the end, nil when nothing was ever written.
    public func read(_ attempt: AttemptID, offset: Int64, limit: Int) throws(StoreError) -> [UInt8]? {
        let path = path(of: attempt)
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        if descriptor < 0 && errno == ENOENT { return nil }
        guard descriptor >= 0 else { throw StoreError(SystemError("open", path)) }
        defer { close(descriptor) }
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            let got = pread(descriptor, buffer.baseAddress, limit, off_t(max(0, offset)))
            if got < 0 { failure = errno }
            count = max(0, got)
        }
        if failure != 0 { throw StoreError(SystemError("read", path, failure)) }
        return bytes
    }
}

extension LogStore {
    /// As ``append(_:to:offset:)`` for an array.
    public func append(_ bytes: [UInt8], to attempt: AttemptID, offset: Int64) throws(StoreError) -> AppendResult {
        let result = bytes.withUnsafeBytes { buffer in
            Result { () throws(StoreError) in try append(buffer, to: attempt, offset: offset) }
        }
        return try result.get()
    }
}
