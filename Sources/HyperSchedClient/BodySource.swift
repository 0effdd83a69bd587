import Glibc

/// Where the bytes of a request's body come from.
final class BodySource {
    let size: Int64
    let isFile: Bool
    private let bytes: [UInt8]
    private let path: String
    private let descriptor: Int32
    private var position: Int64 = 0

    init(_ body: WireRequest.Body) throws(ClientError) {
        switch body {
        case .none: (bytes, path, descriptor, isFile, size) = ([], "", -1, false, 0)
        case .bytes(let content, _):
            (bytes, path, descriptor, isFile, size) = (content, "", -1, false, Int64(content.count))
        case .file(let name):
            let opened = open(name, O_RDONLY | O_CLOEXEC)
            guard opened >= 0 else { throw .file(path: name, why: lastSystemError()) }
            var status = stat()
            guard fstat(opened, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
                close(opened)
                throw .file(path: name, why: "not a regular file")
            }
            (bytes, path, descriptor, isFile, size) = ([], name, opened, true, Int64(status.st_size))
        }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// - Returns: the number of bytes written to `buffer`; 0 at the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ClientError) -> Int {
        let wanted = Int(min(Int64(buffer.count), size - position))
        guard wanted > 0 else { return 0 }
        if isFile {
            try readFile(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted]))
        } else {
            buffer.copyBytes(from: bytes[Int(position)..<Int(position) + wanted])
        }
        position += Int64(wanted)
        return wanted
    }

    /// libcurl starts again from an earlier byte when a kept connection turned out to be closed.
    func seek(to offset: Int64) -> Bool {
        guard (0...size).contains(offset) else { return false }
        position = offset
        return true
    }

    private func readFile(into buffer: UnsafeMutableRawBufferPointer) throws(ClientError) {
        var done = 0
        while done < buffer.count {
            let count = pread(
                descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done, off_t(position) + off_t(done))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .file(path: path, why: lastSystemError()) }
            guard count > 0 else { throw .file(path: path, why: "became shorter while it was being sent") }
            done += count
        }
    }
}

/// The text of `errno`.
func lastSystemError() -> String { String(cString: strerror(errno)) }
