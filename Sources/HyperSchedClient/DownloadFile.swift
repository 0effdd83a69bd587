import Glibc
import Synchronization

/// A file that appears whole or not at all: written under another name beside it, made durable, then renamed.
final class DownloadFile {
    private static let counter = Atomic<Int>(0)

    private let path: String
    private let partPath: String
    private var descriptor: Int32

    init(_ path: String) throws(ClientError) {
        self.path = path
        let number = Self.counter.wrappingAdd(1, ordering: .relaxed).newValue
        partPath = "\(path).\(getpid())-\(number).part"
        descriptor = open(partPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .file(path: partPath, why: lastSystemError()) }
    }

    /// Without ``finish()`` nothing stays behind.
    deinit {
        if descriptor >= 0 {
            close(descriptor)
            unlink(partPath)
        }
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws(ClientError) {
        var done = 0
        while done < bytes.count {
            let count = write(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .file(path: partPath, why: lastSystemError()) }
            done += count
        }
    }

    func finish() throws(ClientError) {
        guard fsync(descriptor) == 0, rename(partPath, path) == 0 else {
            throw .file(path: path, why: lastSystemError())
        }
        close(descriptor)
        descriptor = -1
        syncDirectory()
    }

    /// Makes the new name durable. A directory that can not be opened for it changes nothing for the reader.
    private func syncDirectory() {
        let parent = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let directory = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { return }
        fsync(directory)
        close(directory)
    }
}
