import Foundation
public import HyperSchedProtocol

/// Checkpoint archives outside of the daemon's store: in a shared directory or in S3. What a call has stored is whole;
/// calls may be repeated without harm.
public struct CheckpointAccess: Sendable {
    /// S3 takes so many bytes in one request.
    public static let largestObject: Int64 = 5_000_000_000
    /// Bytes that stay free in a shared directory.
    public static let reservedBytes: Int64 = 256 << 20

    private let access: ObjectStoreAccess?
    private let pool = ConnectionPool()
    private let timeoutSeconds = 60.0

    /// - Parameter environment: where the keys for S3 come from, see docs/OPERATING.md.
    public init(environment: [String: String]) {
        access = ObjectStoreAccess(environment: environment)
    }

    /// Stores an archive where `info` says.
    public func store(_ info: CheckpointInfo, file: String) async throws(ClientError) {
        let name = CheckpointLocation(info).name
        switch info.place {
        case nil: throw .file(path: file, why: "belongs into the daemon's store")
        case .folder(let folder):
            let sha256 = info.sha256
            try await BlockingThread.run { () throws(ClientError) in
                try SharedFolder(path: folder).store(file, as: name, sha256: sha256, size: info.size)
            }
        case .s3(let bucket, let prefix):
            guard info.size <= Self.largestObject else {
                throw .problem(
                    Problem(
                        status: 413, code: "too_large", title: "The checkpoint is too large for S3",
                        detail: "\(info.size) bytes; one request takes \(Self.largestObject)."))
            }
            let access = try keys()
            // S3 refuses a body that does not have this digest.
            var request = access.request("PUT", digest: info.sha256)
            request.body = .file(file)
            try await send(request, to: access.address(bucket: bucket, key: Self.key(prefix, name)), "stored")
        }
    }

    /// Fetches an archive to `path`, which appears whole or not at all. The caller checks the digest.
    public func fetch(_ location: CheckpointLocation, to path: String) async throws(ClientError) {
        switch location.place {
        case nil: throw .file(path: path, why: "belongs into the daemon's store")
        case .folder(let folder):
            try await BlockingThread.run { () throws(ClientError) in
                try SharedFolder(path: folder).fetch(location.name, to: path)
            }
        case .s3(let bucket, let prefix):
            let access = try keys()
            var request = access.request("GET", digest: ObjectStoreAccess.emptyDigest)
            request.sink = .file(path)
            try await send(
                request, to: access.address(bucket: bucket, key: Self.key(prefix, location.name)), "fetched")
        }
    }

    /// Deletes an archive; one that is not there is fine.
    public func remove(_ location: CheckpointLocation) async throws(ClientError) {
        switch location.place {
        case nil: return
        case .folder(let folder):
            await BlockingThread.run { SharedFolder(path: folder).remove(location.name) }
        case .s3(let bucket, let prefix):
            let access = try keys()
            let request = access.request("DELETE", digest: ObjectStoreAccess.emptyDigest)
            do throws(ClientError) {
                try await send(
                    request, to: access.address(bucket: bucket, key: Self.key(prefix, location.name)), "deleted")
            } catch .problem(let problem) where problem.status == 404 {
                return
            }
        }
    }

    private static func key(_ prefix: String, _ name: String) -> String { prefix.isEmpty ? name : "\(prefix)/\(name)" }

    private func keys() throws(ClientError) -> ObjectStoreAccess {
        if let access { return access }
        throw .problem(
            Problem(
                status: 503, code: "no_credentials", title: "No keys for S3",
                detail: "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment of this program."))
    }

    private func send(_ request: WireRequest, to address: String, _ what: String) async throws(ClientError) {
        let answer = try await pool.perform(request, at: address, timeoutSeconds: timeoutSeconds)
        guard !(200..<300).contains(answer.status) else { return }
        let text = String(decoding: answer.body.prefix(4096), as: UTF8.self)
        let (code, message) = (Self.element("Code", text), Self.element("Message", text))
        // A bucket that is not there is not the fault of this archive: it may be made.
        let isMissingBucket = code == "NoSuchBucket" && request.method == "PUT"
        throw .problem(
            Problem(
                status: isMissingBucket ? 503 : answer.status, code: code ?? "http_\(answer.status)",
                title: "The checkpoint was not \(what): \(address)",
                detail: "HTTP \(answer.status) \([code, message].compactMap { $0 }.joined(separator: ": "))"))
    }

    /// The content of an element of S3's error document.
    private static func element(_ name: String, _ text: String) -> String? {
        guard let start = text.firstRange(of: "<\(name)>"),
            let end = text[start.upperBound...].firstRange(of: "</\(name)>")
        else { return nil }
        return String(text[start.upperBound..<end.lowerBound])
    }
}
