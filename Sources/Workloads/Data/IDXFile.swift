/// An array of bytes in the IDX format of MNIST: a magic number (0, 0, 8 for unsigned bytes, the number of axes), one
/// big-endian 32-bit size per axis, then the elements (http://yann.lecun.com/exdb/mnist/).
struct IDXFile {
    private static let byteLimit = 1 << 30

    let path: String
    let shape: [Int]
    /// Header and elements; the elements start at `start`.
    private let bytes: [UInt8]
    private let start: Int

    /// - Parameter axes: the number of axes the file must have.
    init(path: String, axes: Int) throws(WorkloadError) {
        self.path = path
        bytes = try GzipReader.read(path, limit: Self.byteLimit)
        start = 4 + 4 * axes
        guard bytes.count >= start else {
            throw WorkloadError(.badData, "\(path): expected a header of \(start) bytes, found \(bytes.count) bytes")
        }
        let magic = Self.word(bytes, 0)
        let expected = 0x0800 + axes
        guard magic == expected else {
            throw WorkloadError(.badData, "\(path): expected magic number \(expected), found \(magic)")
        }
        var sizes: [Int] = []
        for axis in 0..<axes { sizes.append(Self.word(bytes, 4 + 4 * axis)) }
        shape = sizes
        guard Self.product(shape, limit: Self.byteLimit) == bytes.count - start else {
            let expected = Self.product(shape, limit: Self.byteLimit).map { "\($0)" } ?? "too many"
            throw WorkloadError(
                .badData, "\(path): expected \(expected) elements for shape \(shape), found \(bytes.count - start)")
        }
    }

    /// The elements of the first axis in `range`, row-major.
    func elements(_ range: Range<Int>) -> [UInt8] {
        let stride = shape.dropFirst().reduce(1, *)
        return Array(bytes[start + range.lowerBound * stride..<start + range.upperBound * stride])
    }

    /// The number of elements; nil above the limit.
    private static func product(_ shape: [Int], limit: Int) -> Int? {
        var product = 1
        for size in shape {
            product *= size  // both factors are below 2^32
            if product > limit { return nil }
        }
        return product
    }

    private static func word(_ bytes: [UInt8], _ offset: Int) -> Int {
        bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
    }
}
