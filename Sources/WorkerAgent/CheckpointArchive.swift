import Glibc
import HyperSchedClient
import HyperSchedProtocol
import Subprocess

/// Checkpoints as tar archives.
enum CheckpointArchive {
    /// SHA-256 and size.
    struct Digest: Hashable, Sendable {
        var sha256: String
        var size: Int64
    }

    /// Packs a directory's contents. Equal contents with equal times give equal archives.
    static func pack(_ folder: String, to file: String) async throws -> Digest {
        try await tar(["--create", "--file", file, "--sort=name", "--numeric-owner", "--directory", folder, "."])
        return try await digest(of: file)
    }

    /// Unpacks into a directory, which is made. Nothing is written outside of it, whatever the archive says.
    static func unpack(_ file: String, into folder: String) async throws {
        do throws(ArchiveError) { _ = try ArchiveInspection(path: file, links: .anywhere) } catch {
            throw FileAccessError(path: file, why: error.description)
        }
        FileAccess.remove(folder)
        try FileAccess.makeFolder(folder)
        try await tar([
            "--extract", "--file", file, "--no-same-owner", "--no-same-permissions", "--directory", folder,
        ])
    }

    static func digest(of path: String) async throws -> Digest {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw FileAccessError(path: path) }
        defer { close(file) }
        var hash = SHA256()
        var size: Int64 = 0
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            try Task.checkCancellation()
            let count = Glibc.read(file, buffer.baseAddress!, buffer.count)
            guard count >= 0 else { throw FileAccessError(path: path) }
            if count == 0 { break }
            hash.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            size += Int64(count)
            // A large file must not keep others from this thread.
            await Task.yield()
        }
        return Digest(sha256: hash.finish(), size: size)
    }

    private static func tar(_ arguments: [String]) async throws {
        let result = try await run(
            .name("tar"), arguments: Arguments(arguments), output: .discarded, error: .string(limit: 1 << 16))
        guard !result.terminationStatus.isSuccess else { return }
        throw FileAccessError(path: "tar", why: String(result.standardError.prefix(500)))
    }
}
