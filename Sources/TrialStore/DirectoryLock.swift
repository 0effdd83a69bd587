import Glibc

/// Holds a data directory for this process: a second daemon on it would break everything. The kernel drops the lock
/// when the process ends, however it ends.
public final class DirectoryLock: Sendable {
    private let descriptor: Int32

    /// Makes the directory when it is missing and locks it.
    /// - Throws: ``StoreError/inUse(path:)`` when another process has it.
    public init(directory: String) throws(StoreError) {
        let path = directory + "/lock"
        do {
            try createDirectory(directory)
        } catch {
            throw StoreError(error)
        }
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StoreError(SystemError("open", path)) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let number = errno
            close(descriptor)
            throw number == EWOULDBLOCK ? .inUse(path: directory) : StoreError(SystemError("lock", path, number))
        }
    }

    deinit { close(descriptor) }
}
