import Glibc

/// A file that is written from start to end, made durable, and only then given its real name: whoever sees the name
/// sees the whole content, whatever happens in between.
struct DurableFile: ~Copyable {
    private let descriptor: Int32
    let path: String

    private init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    /// Creates the file `path`, which must not exist.
    static func create(_ path: String) throws(SystemError) -> DurableFile {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemError("create", path) }
        return DurableFile(descriptor: descriptor, path: path)
    }

    deinit { close(descriptor) }

    /// Appends all the bytes.
    borrowing func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
        try writeAll(bytes, to: descriptor, path: path)
    }

    /// Forces content and directory entry to the disk under the name `target`, replacing what had it.
    consuming func publish(as target: String) throws(SystemError) {
        guard fsync(descriptor) == 0 else { throw SystemError("sync", path) }
        guard rename(path, target) == 0 else { throw SystemError("rename", path) }
        try syncDirectory(parentDirectory(of: target))
    }
}

/// Writes all bytes, however many calls that takes.
func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, path: String) throws(SystemError) {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if count < 0 {
            if errno == EINTR { continue }
            throw SystemError("write", path)
        }
        rest = rest.dropFirst(count)
    }
}

/// Makes the names in a directory durable: without it a renamed file may be gone after a power loss.
func syncDirectory(_ path: String) throws(SystemError) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemError("open", path) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw SystemError("sync", path) }
}

/// Creates a directory, readable by its owner only; one that is there already is fine.
func createDirectory(_ path: String) throws(SystemError) {
    if mkdir(path, 0o700) == 0 {
        try syncDirectory(parentDirectory(of: path))
    } else if errno != EEXIST {
        throw SystemError("create directory", path)
    }
}

/// `a/b/c` → `a/b`
func parentDirectory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// Names in a directory, sorted; empty when there is no such directory.
func namesInDirectory(_ path: String) -> [String] {
    guard let stream = opendir(path) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
            pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
}

/// Size in bytes of a file; nil when it is not there.
func fileSize(_ path: String) -> Int64? {
    var status = stat()
    return stat(path, &status) == 0 ? Int64(status.st_size) : nil
}
