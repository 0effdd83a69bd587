/// What an MLflow client asks for.
public enum TrackingRequest: Hashable, Sendable {
    case createRun(name: String?, started: Int64?, tags: [TrackedText])
    case updateRun(String, status: String?, ended: Int64?, name: String?)
    case getRun(String)
    case searchRuns
    /// Any of them; all or nothing.
    case log(String, points: [TrackedPoint], parameters: [TrackedText], tags: [TrackedText])
    case removeTag(String, key: String)
    case setDeleted(String, Bool)
    case history(String, key: String)
}

/// Why a client is refused: MLflow's own words for it.
public struct TrackingRefusal: Error, Hashable, Sendable {
    public var status: Int
    public var code: String
    public var message: String

    public init(status: Int, code: String, message: String) {
        self.status = status
        self.code = code
        self.message = message
    }

    static func invalid(_ message: String) -> TrackingRefusal {
        TrackingRefusal(status: 400, code: "INVALID_PARAMETER_VALUE", message: message)
    }

    static func missing(_ message: String) -> TrackingRefusal {
        TrackingRefusal(status: 404, code: "RESOURCE_DOES_NOT_EXIST", message: message)
    }
}
