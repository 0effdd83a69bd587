import Foundation

extension SafetensorsFile {
    /// Reads and checks a file. Errors (`.badFile`) name the file, what was expected and what was found.
    public static func read(_ path: String) throws(TorchError) -> SafetensorsFile {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
        } catch {
            throw TorchError(kind: .badFile, message: "\(path): cannot be read: \(error.localizedDescription)")
        }
        return try Reader(path: path, data: data).file()
    }

    private struct Reader {
        let path: String
        let data: Data

        func wrong(expected: String, found: String) -> TorchError {
            let reason = "expected \(expected), found \(found)"
            return TorchError(kind: .badFile, message: "\(path): not a valid safetensors file: \(reason)")
        }

        func file() throws(TorchError) -> SafetensorsFile {
            guard data.count >= 8 else {
                throw wrong(expected: "8 bytes of header length", found: "\(data.count) bytes")
            }
            let length = data.prefix(8).enumerated().reduce(UInt64(0)) { $0 | UInt64($1.element) << (8 * $1.offset) }
            guard length <= UInt64(SafetensorsFile.headerLimit) else {
                throw wrong(expected: "a header of at most \(SafetensorsFile.headerLimit) bytes", found: "\(length)")
            }
            guard data.count >= 8 + Int(length) else {
                throw wrong(expected: "a header of \(length) bytes", found: "\(data.count - 8) bytes")
            }
            let payload = data.dropFirst(8 + Int(length))
            var file = SafetensorsFile(tensors: [])
            var places: [(start: Int, end: Int, name: String)] = []
            for (name, value) in try header(Int(length)).sorted(by: { $0.key < $1.key }) {
                guard let fields = value as? [String: Any] else {
                    throw wrong(expected: "an object for '\(name)'", found: "\(value)")
                }
                if name == SafetensorsFile.metadataKey {
                    file.metadata = fields.compactMapValues { $0 as? String }
                } else {
                    let (tensor, place) = try self.tensor(name, fields, in: payload)
                    file.tensors.append(NamedTensor(name: name, tensor: tensor))
                    places.append((place.lowerBound, place.upperBound, name))
                }
            }
            try checkPlaces(places, dataBytes: payload.count)
            return file
        }

        /// The format allows neither holes between tensors nor bytes that belong to two.
        private func checkPlaces(
            _ places: [(start: Int, end: Int, name: String)], dataBytes: Int
        ) throws(TorchError) {
            var end = 0
            for place in places.sorted(by: { ($0.start, $0.end, $0.name) < ($1.start, $1.end, $1.name) }) {
                guard place.start == end else {
                    throw wrong(expected: "the data of '\(place.name)' at byte \(end)", found: "\(place.start)")
                }
                end = place.end
            }
            guard end == dataBytes else {
                throw wrong(expected: "\(end) bytes of data", found: "\(dataBytes) bytes")
            }
        }

        private func header(_ length: Int) throws(TorchError) -> [String: Any] {
            let parsed = try? JSONSerialization.jsonObject(with: data.dropFirst(8).prefix(length))
            guard let object = parsed as? [String: Any] else {
                throw wrong(expected: "a JSON object as header", found: "other bytes")
            }
            return object
        }

        private func tensor(
            _ name: String, _ fields: [String: Any], in payload: Data
        ) throws(TorchError) -> (tensor: Tensor, place: Range<Int>) {
            let code = fields["dtype"] as? String ?? "none"
            guard let type = ElementType(rawValue: code) else {
                let known = ElementType.allCases.map(\.rawValue).joined(separator: ", ")
                throw wrong(expected: "a dtype of \(known) for '\(name)'", found: code)
            }
            guard let shape = fields["shape"] as? [Int], let offsets = fields["data_offsets"] as? [Int],
                offsets.count == 2, shape.allSatisfy({ $0 >= 0 })
            else { throw wrong(expected: "shape and data_offsets for '\(name)'", found: "\(fields)") }
            let product = shape.reduce((value: type.size, overflow: false)) { partial, size in
                let next = partial.value.multipliedReportingOverflow(by: size)
                return (next.partialValue, partial.overflow || next.overflow)
            }
            guard !product.overflow else {
                throw wrong(expected: "a shape that fits in memory for '\(name)'", found: "\(shape)")
            }
            let room = 0...payload.count
            guard room.contains(offsets[0]), room.contains(offsets[1]), offsets[0] <= offsets[1],
                offsets[1] - offsets[0] == product.value
            else {
                throw wrong(
                    expected: "\(product.value) bytes for '\(name)' of shape \(shape)",
                    found: "data_offsets \(offsets) in \(payload.count) bytes of data")
            }
            let bytes = [UInt8](payload.dropFirst(offsets[0]).prefix(product.value))
            return (try Tensor.copying(bytes, shape: shape, type: type), offsets[0]..<offsets[1])
        }
    }
}
