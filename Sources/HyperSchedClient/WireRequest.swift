/// One HTTP request, before it is sent.
struct WireRequest: Sendable {
    enum Body: Sendable {
        case none
        case bytes([UInt8], type: String)
        /// Path of a file whose bytes are streamed.
        case file(String)
    }

    /// Where the bytes of a successful answer go.
    enum Sink: Sendable {
        case memory
        /// Path of a file, which appears whole or not at all.
        case file(String)
    }

    var method: String
    /// `["sweeps", "12"]`: the parts are escaped, and put under `/api/v1`.
    var path: [String]
    /// Parts with nil are left out.
    var query: [(name: String, value: String?)] = []
    var headers: [(name: String, value: String)] = []
    var body = Body.none
    var sink = Sink.memory
    /// Doing it twice is the same as doing it once.
    var isRepeatable: Bool
    /// Seconds; nil: the client's.
    var timeoutSeconds: Double?
    /// Of a request to S3.
    var signature: ObjectStoreAccess.Signature?
    /// false for `/healthz` and its like.
    var isUnderAPI = true

    static func get(_ path: String..., query: [(name: String, value: String?)] = []) -> WireRequest {
        WireRequest(method: "GET", path: path, query: query, isRepeatable: true)
    }

    static func post(_ path: String..., isRepeatable: Bool) -> WireRequest {
        WireRequest(method: "POST", path: path, isRepeatable: isRepeatable)
    }

    func address(under base: String) -> String {
        let path = path.map(Self.escaped).joined(separator: "/")
        let query = query.compactMap { pair in pair.value.map { "\(pair.name)=\(Self.escaped($0))" } }
        return base + (isUnderAPI ? "/api/v1/" : "/") + path
            + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
    }

    /// Percent-encoding of all but RFC 3986's unreserved characters.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let hex = String(byte, radix: 16, uppercase: true)
                result += "%" + (hex.utf8.count == 1 ? "0" : "") + hex
            }
        }
        return result
    }
}

/// What came back, whatever the status.
struct WireAnswer: Sendable {
    var status: Int
    /// Names in lower case.
    var headers: [String: String]
    /// Empty where the bytes went to a file.
    var body: [UInt8]
}
