import HTTPTypes
import Hummingbird
import HyperSchedProtocol
import NIOCore

/// Bytes a request may have, and rows a page may have.
enum RequestLimit {
    static let json = 4 << 20
    static let sweepFile = 256 << 10
    static let log = 1 << 20
    static let defaultPage = 100
    static let page = 1000
}

/// `?limit=N&cursor=C`
struct PageQuery: Sendable {
    let limit: Int
    let cursor: String?
}

extension Request {
    /// The body as a message.
    /// - Throws: a ``Problem`` that names the offending field.
    func message<Value: Decodable>(_ type: Value.Type) async throws -> Value {
        let bytes = try await bytes(limit: RequestLimit.json)
        do {
            return try WireCoding.decode(type, from: bytes)
        } catch {
            throw Problem(
                status: 400, code: "bad_message", title: "The message can not be read", detail: error.description,
                errors: [Problem.FieldError(field: error.path, message: error.message, fix: "see docs/PROTOCOL.md")])
        }
    }

    /// The body as text.
    func text(limit: Int) async throws -> String {
        guard let text = String(validating: try await bytes(limit: limit), as: UTF8.self) else {
            throw Problem.badRequest("the body is not UTF-8")
        }
        return text
    }

    func bytes(limit: Int) async throws -> [UInt8] {
        do {
            return Array(try await body.collect(upTo: limit).readableBytesView)
        } catch is NIOTooManyBytesError {
            throw Problem.tooLarge("The request", limit: Int64(limit))
        }
    }

    func pageQuery() throws(Problem) -> PageQuery {
        let limit = try query("limit", as: Int.self) ?? RequestLimit.defaultPage
        guard (1...RequestLimit.page).contains(limit) else {
            throw .badRequest("limit: 1 to \(RequestLimit.page)")
        }
        return PageQuery(limit: limit, cursor: try query("cursor", as: String.self))
    }

    /// A value of the query string; nil when it is not there.
    func query<Value: LosslessStringConvertible>(_ name: String, as type: Value.Type) throws(Problem) -> Value? {
        guard let text = uri.queryParameters.get(name) else { return nil }
        guard let value = Value(text) else { throw .badRequest("\(name): '\(text.prefix(80))' is no \(type)") }
        return value
    }

    /// As ``query(_:as:)``, for one that must be there.
    func required<Value: LosslessStringConvertible>(_ name: String, as type: Value.Type) throws(Problem) -> Value {
        guard let value = try query(name, as: type) else { throw .badRequest("\(name): missing in the query string") }
        return value
    }

    /// `?trial=42&attempt=3`
    func attempt() throws(Problem) -> AttemptID {
        let trial = try required("trial", as: Int64.self)
        let number = try required("attempt", as: Int.self)
        guard trial > 0, number > 0 else { throw .badRequest("trial, attempt: numbers from 1") }
        return AttemptID(trial: TrialID(trial), number: number)
    }
}

extension RequestContext {
    /// The `{id}` of the path.
    func id(of what: String) throws(Problem) -> Int64 {
        let text = parameters.get("id") ?? ""
        guard let id = Int64(text) else { throw .notFound(what, text) }
        return id
    }

    func agentID() throws(Problem) -> AgentID {
        let agent = AgentID(parameters.get("name") ?? "")
        try MessageLimits.check(agent)
        return agent
    }
}
