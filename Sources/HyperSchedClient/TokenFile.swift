import Glibc
import HyperSchedProtocol

/// Tokens in files. They never stand on a command line or in the environment, where other users and child processes
/// can read them.
public enum TokenFile {
    private static let largest = 4096

    /// The token in a file, which other users must not be able to read.
    public static func read(_ path: String) throws(ClientError) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw .file(path: path, why: lastSystemError()) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .file(path: path, why: "not a regular file")
        }
        guard status.st_mode & 0o007 == 0 else {
            throw .file(path: path, why: "every user of this machine can use this token: run `chmod 600 \(path)`")
        }
        guard status.st_uid == getuid() || status.st_uid == 0 else {
            throw .file(path: path, why: "the token belongs to another user (uid \(status.st_uid))")
        }
        let bytes = [UInt8](unsafeUninitializedCapacity: largest) { buffer, count in
            count = max(0, Glibc.read(file, buffer.baseAddress, largest))
        }
        return try token(in: bytes, path: path)
    }

    private static func token(in bytes: [UInt8], path: String) throws(ClientError) -> String {
        let text = bytes.drop { $0 <= 0x20 }
        let token = text.prefix { $0 > 0x20 }
        guard !token.isEmpty, text.dropFirst(token.count).allSatisfy({ $0 <= 0x20 }), token.allSatisfy({ $0 < 0x7F })
        else { throw .file(path: path, why: "expected one token and nothing else") }
        let found = String(decoding: token, as: UTF8.self)
        if found.hasPrefix(AccessSecret.prefix), AccessSecret(found) == nil {
            throw .file(path: path, why: "a letter of the token is wrong or missing: its checksum does not fit")
        }
        return found
    }

    /// Writes a token into a new file that only its owner can read, in place of the one that was there.
    public static func write(_ token: String, to path: String) throws(ClientError) {
        let temporary = "\(path).\(getpid()).new"
        unlink(temporary)
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .file(path: temporary, why: lastSystemError()) }
        defer { close(file) }
        let bytes = Array((token + "\n").utf8)
        guard Glibc.write(file, bytes, bytes.count) == bytes.count, fsync(file) == 0, rename(temporary, path) == 0
        else {
            let why = lastSystemError()
            unlink(temporary)
            throw .file(path: path, why: why)
        }
    }

    /// A token must not cross a network that others can listen to.
    public static func isSafe(url: String) -> Bool {
        guard url.hasPrefix("http://") else { return true }
        var host = url.dropFirst("http://".count).prefix { $0 != "/" && $0 != "?" }
        // Whoever is named before an `@` is not the host.
        if host.contains("@") { return false }
        if host.hasPrefix("[") {
            host = host.dropFirst().prefix { $0 != "]" }
            return host == "::1"
        }
        host = host.prefix { $0 != ":" }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return host == "localhost" || (parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil })
    }
}
