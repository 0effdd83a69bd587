public import Foundation

extension SafetensorsFile {
    /// The whole file as bytes.
    public func encoded() throws(TorchError) -> Data {
        let sorted = tensors.sorted { $0.name < $1.name }
        var entries: [String] = []
        if !metadata.isEmpty {
            let pairs = metadata.sorted { $0.key < $1.key }.map { Self.quote($0.key) + ":" + Self.quote($0.value) }
            entries.append("\(Self.quote(Self.metadataKey)):{\(pairs.joined(separator: ","))}")
        }
        var payload = Data()
        for named in sorted {
            let start = payload.count
            try named.tensor.contiguous().withBytes { (bytes) throws(TorchError) in payload.append(contentsOf: bytes) }
            let shape = try named.tensor.shape().map(String.init).joined(separator: ",")
            let type = try named.tensor.type().rawValue
            entries.append(
                """
                \(Self.quote(named.name)):{"dtype":"\(type)","shape":[\(shape)],\
                "data_offsets":[\(start),\(payload.count)]}
                """)
        }
        var header = Data("{\(entries.joined(separator: ","))}".utf8)
        // Readers that map the file want the data aligned to 8 bytes.
        header.append(Data(repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8))
        let length = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Data($0) }
        return length + header + payload
    }

    /// A JSON string literal.
    static func quote(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\u{0}"..<"\u{20}":
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
