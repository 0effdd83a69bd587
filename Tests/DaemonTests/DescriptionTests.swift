import Foundation
import Hummingbird
import HyperSchedProtocol
import Logging
import Testing
import Yams

@testable import DaemonCore

/// The OpenAPI document against the routes that there are. `scripts/test-api` holds it against what they answer.
@Suite struct DescriptionTests {
    private let methods: Set<String> = ["get", "post", "put", "delete", "patch", "head", "options"]

    private func document() throws -> [String: Any] {
        let text = String(decoding: PackageResources.openapi_yaml, as: UTF8.self)
        return try #require(try Yams.load(yaml: text) as? [String: Any])
    }

    @Test func everyRouteIsDescribedAndNoOther() async throws {
        let directory = NSTemporaryDirectory() + "hypersched-description-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let daemon = try await Daemon(
            settings: DaemonSettings(dataDirectory: directory),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        // Names of path parameters are the document's own.
        func unnamed(_ path: String) -> String {
            "/"
                + path.split(separator: "/").map { $0.hasPrefix(":") || $0.hasPrefix("{") ? "*" : String($0) }
                .joined(separator: "/")
        }
        let routes = daemon.router().routes.map { "\($0.method) \(unnamed($0.path.description))" }
        let isPage = { (route: String) in
            !route.contains("/api/")
                && !["/healthz", "/readyz", "/version", "/metrics"].contains { route.hasSuffix($0) }
        }
        let paths = try #require(try document()["paths"] as? [String: [String: Any]])
        let described = paths.flatMap { path, operations in
            operations.keys.filter(methods.contains).map { "\($0.uppercased()) \(unnamed(path))" }
        }
        #expect(described.sorted() == routes.filter { !isPage($0) }.sorted())
    }

    @Test func statesAndVersionAreThoseOfTheProgram() throws {
        let document = try document()
        let info = try #require(document["info"] as? [String: Any])
        #expect(info["version"] as? String == ProductVersion.current)
        let components = try #require(document["components"] as? [String: Any])
        let schemas = try #require(components["schemas"] as? [String: [String: Any]])
        func words(_ name: String) -> [String] { schemas[name]?["enum"] as? [String] ?? [] }
        #expect(Set(words("SweepState")) == Set(SweepState.allCases.map(\.rawValue)))
        #expect(Set(words("TrialState")) == Set(TrialState.allCases.map(\.rawValue)))
        #expect(Set(words("AttemptOutcome")) == Set(AttemptOutcome.allCases.map(\.rawValue)))
    }

    @Test(.timeLimit(.minutes(1))) func anotherMethodIsToldWhichThereAre() async throws {
        let daemon = try await LiveDaemon()
        let answer = try await daemon.client.send("PATCH", "/api/v1/sweeps", body: [])
        #expect(answer.status == 405 && answer.headers["allow"] == "GET, HEAD, POST")
        #expect(try await daemon.client.send("PATCH", "/api/v1/nothing", body: []).status == 404)
    }

    @Test(.timeLimit(.minutes(1))) func itIsServed() async throws {
        let daemon = try await LiveDaemon()
        let answer = try await daemon.client.get("/api/v1/openapi.yaml")
        #expect(answer.status == 200 && answer.headers["content-type"] == "application/yaml")
        #expect(answer.text.hasPrefix("openapi: 3.1.0"))
    }
}
