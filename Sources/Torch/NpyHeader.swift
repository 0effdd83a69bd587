/// The Python dictionary at the start of a .npy file.
struct NpyHeader: Equatable {
    /// NumPy's name of the element type, for example `<f4`.
    let descriptor: String
    let isColumnMajor: Bool
    let shape: [Int]

    /// Nil where one of the three keys is missing or not understood.
    init?(_ text: String) {
        guard let descriptor = Self.value(of: "descr", in: text), let first = descriptor.first,
            first == "'" || first == "\"", let end = descriptor.dropFirst().firstIndex(of: first)
        else { return nil }
        self.descriptor = String(descriptor[descriptor.index(after: descriptor.startIndex)..<end])
        guard let order = Self.value(of: "fortran_order", in: text) else { return nil }
        if order.hasPrefix("False") {
            isColumnMajor = false
        } else if order.hasPrefix("True") {
            isColumnMajor = true
        } else {
            return nil
        }
        guard let sizes = Self.value(of: "shape", in: text), sizes.first == "(", let close = sizes.firstIndex(of: ")")
        else { return nil }
        let parts = sizes[..<close].dropFirst().split(separator: ",").map { part in
            Int(part.drop { $0 == " " }.prefix { $0 != " " && $0 != "L" })
        }
        guard parts.allSatisfy({ ($0 ?? -1) >= 0 }) else { return nil }
        shape = parts.compactMap { $0 }
    }

    /// Nil where the number does not fit.
    func byteCount(of type: ElementType) -> Int? {
        var bytes = type.size
        for size in shape {
            let (product, overflow) = bytes.multipliedReportingOverflow(by: size)
            if overflow { return nil }
            bytes = product
        }
        return bytes
    }

    private static func value(of key: String, in text: String) -> Substring? {
        for quote in ["'", "\""] {
            let parts = text.split(separator: "\(quote)\(key)\(quote)", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            let rest = parts[1].drop { $0 == " " }
            guard rest.first == ":" else { continue }
            return rest.dropFirst().drop { $0 == " " }
        }
        return nil
    }
}
