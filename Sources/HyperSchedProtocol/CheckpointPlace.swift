/// Where a sweep's checkpoints lie, other than in the daemon's own store: agents write there themselves. As text
/// `/shared/dir` or `s3://bucket/prefix`.
public enum CheckpointPlace: Hashable, Sendable, LosslessStringConvertible {
    /// An absolute path, the same on all agents and on the daemon's machine.
    case folder(String)
    /// `prefix` without slashes at its ends; may be empty.
    case s3(bucket: String, prefix: String)

    public init?(_ text: String) {
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else { return nil }
        if text.hasPrefix("/"), text.utf8.count > 1, text.utf8.count <= 1024 {
            self = .folder(text.hasSuffix("/") ? String(text.dropLast()) : text)
            return
        }
        guard text.hasPrefix("s3://") else { return nil }
        let parts = text.dropFirst("s3://".count).split(separator: "/", omittingEmptySubsequences: true)
        guard let bucket = parts.first, Self.isBucket(bucket) else { return nil }
        let prefix = parts.dropFirst().joined(separator: "/")
        guard prefix.utf8.count <= 512, prefix.utf8.allSatisfy(Self.isPlain) else { return nil }
        self = .s3(bucket: String(bucket), prefix: prefix)
    }

    public var description: String {
        switch self {
        case .folder(let path): path
        case .s3(let bucket, let prefix): "s3://\(bucket)" + (prefix.isEmpty ? "" : "/\(prefix)")
        }
    }

    /// Where an archive of this name is, as text for people.
    public func address(of name: String) -> String { "\(description)/\(name)" }

    /// Amazon's rules for names of buckets.
    private static func isBucket(_ name: Substring) -> Bool {
        (3...63).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x61...0x7A, 0x2D, 0x2E: true
                default: false
                }
            }
    }

    /// What needs no escaping in an address: then nothing can be escaped in two ways.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x2F, 0x5F: true
        default: false
        }
    }
}

extension CheckpointPlace: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let place = CheckpointPlace(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "expected an absolute path or s3://bucket/prefix")
        }
        self = place
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// One archive and where it is. Outside of the daemon's store the name has the attempt in it, so that deleting one
/// trial's archive can not take another's that has the same content and is just being written.
public struct CheckpointLocation: Hashable, Sendable {
    /// nil: the daemon's own store.
    public let place: CheckpointPlace?
    public let name: String

    public init(_ info: CheckpointInfo) {
        place = info.place
        name = info.place == nil ? info.sha256 : "\(info.sha256)-\(info.attempt).tar"
    }
}
