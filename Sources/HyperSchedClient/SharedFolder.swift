import Glibc
import HyperSchedProtocol

/// A directory that several machines see. The directory itself must be there: where it is not, its file system is not
/// mounted, and writing to the mount point would fill the wrong disk.
struct SharedFolder: Sendable {
    let path: String

    /// Copies `file` in, checks its digest on the way, makes it durable, and only then gives it its name.
    func store(_ file: String, as name: String, sha256: String, size: Int64) throws(ClientError) {
        try checkRoom(for: size)
        let target = try DownloadFile("\(path)/\(name)")
        var hash = SHA256()
        try Self.read(file) { (bytes) throws(ClientError) in
            hash.update(bytes)
            do throws(ClientError) { try target.append(bytes) } catch { throw Self.later(error) }
        }
        let found = hash.finish()
        guard found == sha256 else { throw .file(path: file, why: "has SHA-256 \(found), not \(sha256)") }
        do throws(ClientError) { try target.finish() } catch { throw Self.later(error) }
    }

    func fetch(_ name: String, to target: String) throws(ClientError) {
        guard access(path, F_OK) == 0 else { throw missing }
        let copy = try DownloadFile(target)
        try Self.read("\(path)/\(name)") { (bytes) throws(ClientError) in try copy.append(bytes) }
        try copy.finish()
    }

    func remove(_ name: String) { unlink("\(path)/\(name)") }

    private var missing: ClientError {
        .problem(
            Problem(
                status: 503, code: "no_folder", title: "The directory for checkpoints is not there",
                detail: "\(path) on this machine: is its file system mounted?"))
    }

    private func checkRoom(for size: Int64) throws(ClientError) {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { throw missing }
        let free = Int64(status.f_bavail) * Int64(status.f_frsize)
        guard free - size < CheckpointAccess.reservedBytes else { return }
        throw .problem(
            Problem(
                status: 507, code: "no_space", title: "The directory for checkpoints has no space left",
                detail:
                    "\(path): \(free) bytes are free, \(size) are wanted, and "
                    + "\(CheckpointAccess.reservedBytes) stay free."
            ))
    }

    /// A full or broken disk may be well again later: the archive is not at fault.
    private static func later(_ error: ClientError) -> ClientError {
        guard case .file(let path, let why) = error else { return error }
        return .problem(
            Problem(status: 503, code: "folder_failed", title: "Checkpoint not stored", detail: "\(path): \(why)"))
    }

    private static func read(
        _ file: String, _ take: (UnsafeRawBufferPointer) throws(ClientError) -> Void
    ) throws(ClientError) {
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .file(path: file, why: lastSystemError()) }
        defer { close(descriptor) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = Glibc.read(descriptor, buffer.baseAddress!, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .file(path: file, why: lastSystemError()) }
            if count == 0 { return }
            try take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }
}
