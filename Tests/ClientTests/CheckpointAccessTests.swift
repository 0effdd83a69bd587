import Foundation
import HyperSchedProtocol
import Testing

@testable import HyperSchedClient

/// Archives in shared directories and in S3.
@Suite final class CheckpointAccessTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    private let content = (0..<2_000_001).map { UInt8(truncatingIfNeeded: $0 &* 13) }
    private let attempt = AttemptID(trial: TrialID(7), number: 2)

    init() throws {
        for name in ["shared", "local"] {
            try FileManager.default.createDirectory(
                at: folder.appendingPathComponent(name), withIntermediateDirectories: true)
        }
        try Data(content).write(to: folder.appendingPathComponent("local/c.tar"))
    }
    deinit { try? FileManager.default.removeItem(at: folder) }

    private func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
    private func names(_ name: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: path(name)))?.sorted() ?? []
    }
    private func info(_ place: CheckpointPlace?, sha256: String? = nil) -> CheckpointInfo {
        CheckpointInfo(
            sha256: sha256 ?? SHA256.hex(of: content), size: Int64(content.count), step: 1, attempt: attempt,
            place: place)
    }

    // MARK: Places

    @Test(arguments: [
        "/shared/dir", "/a", "s3://bucket", "s3://my.bucket-1/sweeps/one",
    ]) func placesAreText(_ text: String) throws {
        let place = try #require(CheckpointPlace(text))
        #expect(place.description == text)
        #expect(try WireCoding.decode(CheckpointPlace.self, from: WireCoding.encodeText(place)) == place)
    }

    @Test(arguments: [
        "", "/", "dir", "s3://", "s3://Bucket/x", "s3://bucket/a b", "s3://bucket/a?b", "gs://bucket", "/a\nb",
    ])
    func otherTextsAreNot(_ text: String) { #expect(CheckpointPlace(text) == nil) }

    /// Records of version 1 have no place.
    @Test func olderRecordsAreRead() throws {
        let text = #"{"sha256":"ab","size":1,"step":2,"attempt":{"trial":1,"number":1}}"#
        #expect(try WireCoding.decode(CheckpointInfo.self, from: text).place == nil)
        #expect(WireCoding.encodeText(info(nil)).contains("place") == false)
    }

    // MARK: Shared directories

    @Test func aSharedDirectoryTakesGivesAndForgets() async throws {
        let access = CheckpointAccess(environment: [:])
        let info = info(.folder(path("shared")))
        try await access.store(info, file: path("local/c.tar"))
        try await access.store(info, file: path("local/c.tar"))
        #expect(names("shared") == ["\(info.sha256)-7.2.tar"])
        try await access.fetch(CheckpointLocation(info), to: path("local/d.tar"))
        #expect(try Data(contentsOf: folder.appendingPathComponent("local/d.tar")) == Data(content))
        try await access.remove(CheckpointLocation(info))
        try await access.remove(CheckpointLocation(info))
        #expect(names("shared") == [])
        await #expect(throws: ClientError.self) {
            try await access.fetch(CheckpointLocation(info), to: self.path("local/e.tar"))
        }
        #expect(names("local") == ["c.tar", "d.tar"])
    }

    @Test func damagedContentLeavesNothing() async throws {
        let access = CheckpointAccess(environment: [:])
        let wrong = info(.folder(path("shared")), sha256: SHA256.hex(of: [1]))
        await #expect(throws: ClientError.self) { try await access.store(wrong, file: self.path("local/c.tar")) }
        #expect(names("shared") == [])
    }

    /// Its file system may be mounted a moment later: to be tried again.
    @Test func aMissingDirectoryIsNotMade() async throws {
        let access = CheckpointAccess(environment: [:])
        do {
            try await access.store(info(.folder(path("none"))), file: path("local/c.tar"))
            Issue.record("stored")
        } catch .problem(let problem) {
            #expect(problem.status == 503 && problem.code == "no_folder")
        }
        #expect(names("none") == [])
    }

    // MARK: S3

    private func environment(_ server: LoopbackServer) -> [String: String] {
        [
            "AWS_ENDPOINT_URL": server.url + "/", "AWS_ACCESS_KEY_ID": "KEY", "AWS_SECRET_ACCESS_KEY": "se:cret",
            "AWS_DEFAULT_REGION": "eu-west-1", "AWS_SESSION_TOKEN": "tok",
        ]
    }

    @Test func requestsToS3AreSigned() async throws {
        let server = LoopbackServer { [content] request in
            LoopbackServer.Response(body: request.method == "GET" ? content : [])
        }
        let access = CheckpointAccess(environment: environment(server))
        let info = info(.s3(bucket: "bucket", prefix: "a/b"))
        try await access.store(info, file: path("local/c.tar"))
        try await access.fetch(CheckpointLocation(info), to: path("local/d.tar"))
        try await access.remove(CheckpointLocation(info))
        #expect(try Data(contentsOf: folder.appendingPathComponent("local/d.tar")) == Data(content))
        #expect(server.requests.map(\.method) == ["PUT", "GET", "DELETE"])
        #expect(server.requests[0].body == content)
        for request in server.requests {
            #expect(request.target == "/bucket/a/b/\(info.sha256)-7.2.tar")
            let digest = request.method == "PUT" ? info.sha256 : ObjectStoreAccess.emptyDigest
            #expect(request.headers["x-amz-content-sha256"] == digest)
            #expect(request.headers["x-amz-security-token"] == "tok")
            let signature = request.headers["authorization"] ?? ""
            #expect(signature.contains("Credential=KEY/") && signature.contains("/eu-west-1/s3/aws4_request"))
            // Nothing is signed that is not sent.
            #expect(
                signature.contains("SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,"),
                "\(signature)")
        }
    }

    @Test func addressesOfAmazon() throws {
        let keys = ["AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s"]
        let access = try #require(ObjectStoreAccess(environment: keys))
        #expect(access.address(bucket: "bucket", key: "a/b") == "https://bucket.s3.us-east-1.amazonaws.com/a/b")
        #expect(access.address(bucket: "my.bucket", key: "b") == "https://s3.us-east-1.amazonaws.com/my.bucket/b")
        #expect(ObjectStoreAccess(environment: ["AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": ""]) == nil)
    }

    @Test func whatS3RefusesIsSaid() async throws {
        let error = "<Error><Code>NoSuchBucket</Code><Message>not there</Message></Error>"
        let server = LoopbackServer { _ in LoopbackServer.Response(status: 404, body: Array(error.utf8)) }
        let access = CheckpointAccess(environment: environment(server))
        let info = info(.s3(bucket: "bucket", prefix: ""))
        do {
            try await access.store(info, file: path("local/c.tar"))
            Issue.record("stored")
        } catch .problem(let problem) {
            #expect(problem.status == 503, "the bucket may still be made")
            #expect(problem.detail == "HTTP 404 NoSuchBucket: not there")
        }
        // One that is gone is gone.
        try await access.remove(CheckpointLocation(info))
    }

    @Test func withoutKeysAnAgentWaits() async throws {
        do {
            try await CheckpointAccess(environment: [:]).store(
                info(.s3(bucket: "bucket", prefix: "")), file: path("local/c.tar"))
            Issue.record("stored")
        } catch .problem(let problem) {
            #expect(problem.status == 503 && problem.code == "no_credentials")
        }
    }
}
