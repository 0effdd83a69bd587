import Glibc
import HyperSchedProtocol

/// An archive on its way in: hashed while it is written. Dropped before ``finish()``, nothing of it remains.
///
/// Unchecked, because the calls hop between threads; they are made one after the other by the one task that reads the
/// body.
public final class CheckpointUpload: @unchecked Sendable {
    private let store: CheckpointStore
    private var file: DurableFile?
    private let temporaryPath: String
    private let sha256: String
    private let target: String
    private var hash = SHA256()
    /// Bytes that are set aside for it.
    private let expected: Int64
    /// Bytes taken in so far.
    public private(set) var size: Int64 = 0

    init(store: CheckpointStore, file: consuming DurableFile, sha256: String, target: String, expected: Int64) {
        self.expected = expected
        self.store = store
        self.sha256 = sha256
        self.target = target
        temporaryPath = file.path
        self.file = consume file
    }

    // After a publish the name is gone already, and this does nothing.
    deinit {
        unlink(temporaryPath)
        store.release(expected)
    }

    /// Takes the next bytes of the archive.
    public func append(_ bytes: UnsafeRawBufferPointer) throws(UploadError) {
        size += Int64(bytes.count)
        guard size <= store.maximumSize else { throw .tooLarge(limit: store.maximumSize) }
        hash.update(bytes)
        do {
            try file?.write(bytes)
        } catch {
            throw .store(StoreError(error))
        }
    }

    /// Compares the hash, makes the archive durable and gives it its name. It stays pinned until
    /// ``CheckpointStore/unpin(_:)``, which the caller owes once the database refers to it or refused it.
    /// - Returns: the archive's size in bytes.
    public func finish() throws(UploadError) -> Int64 {
        let actual = hash.finish()
        guard actual == sha256 else { throw .wrongContent(declared: sha256, actual: actual) }
        guard let file = file.take() else { preconditionFailure("an upload is finished once") }
        store.pin(sha256)
        do {
            try createDirectory(parentDirectory(of: target))
            try file.publish(as: target)
            return size
        } catch {
            store.unpin(sha256)
            throw .store(StoreError(error))
        }
    }
}
