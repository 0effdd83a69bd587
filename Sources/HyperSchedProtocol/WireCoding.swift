// The one place that turns messages into JSON bytes and back. FoundationEssentials is imported here and nowhere else in
// the pure targets; it brings a JSON coder and no clock is used from it.
import FoundationEssentials

/// The JSON coder of every message, file and database column of HyperSchedd: keys sorted, so that equal values are
/// equal bytes; no slashes escaped.
public enum WireCoding {
    /// The JSON text of `value`. Messages hold no non-finite doubles (see ``MetricValue``), so encoding can not fail.
    public static func encode(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return [UInt8](try encoder.encode(value))
        } catch {
            preconditionFailure("a message must be encodable: \(error)")
        }
    }

    /// As ``encode(_:)``, as text.
    public static func encodeText(_ value: some Encodable) -> String {
        String(decoding: encode(value), as: UTF8.self)
    }

    /// Reads a message. Unknown keys are ignored, so that older programs understand newer ones.
    /// - Throws: ``WireError`` with the path of the offending field.
    public static func decode<Value: Decodable>(_ type: Value.Type, from bytes: some Sequence<UInt8>) throws(WireError)
        -> Value
    {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch let error as DecodingError {
            throw WireError(error)
        } catch {
            throw WireError(path: "", message: "\(error)")
        }
    }

    public static func decode<Value: Decodable>(_ type: Value.Type, from text: String) throws(WireError) -> Value {
        try decode(type, from: Array(text.utf8))
    }
}

/// Why a message could not be read: which field, and what is wrong with it.
public struct WireError: Error, Equatable, Sendable, CustomStringConvertible {
    /// `reports.0.step`; empty for the whole message.
    public let path: String
    public let message: String

    init(path: String, message: String) {
        self.path = path
        self.message = message
    }

    init(_ error: DecodingError) {
        let (context, message): (DecodingError.Context, String) =
            switch error {
            case .keyNotFound(let key, let context): (context, "the field '\(key.stringValue)' is missing")
            case .typeMismatch(let type, let context): (context, "expected \(type)")
            case .valueNotFound(let type, let context): (context, "expected \(type), found null")
            case .dataCorrupted(let context): (context, context.debugDescription)
            @unknown default: (DecodingError.Context(codingPath: [], debugDescription: ""), "\(error)")
            }
        path = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
        self.message = message
    }

    public var description: String { path.isEmpty ? message : "\(path): \(message)" }
}
