/// A permutation of 0..<count computed index by index, without a table: position i of any epoch is known at once.
///
/// A balanced Feistel network over the next even power of two, walked until the value falls inside 0..<count
/// (Black, Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002).
public struct CounterPermutation: Sendable {
    private static let rounds = 6
    public let count: Int
    private let halfBits: UInt64
    private let keys: [UInt64]

    public init(count: Int, generator: CounterGenerator) {
        precondition(count > 0)
        self.count = count
        let bits = Int.bitWidth - (count - 1).leadingZeroBitCount
        halfBits = UInt64(max(1, (bits + 1) / 2))
        keys = (0..<UInt64(Self.rounds)).map(generator.bits)
    }

    public subscript(index: Int) -> Int {
        precondition(index >= 0 && index < count)
        var value = UInt64(index)
        repeat { value = encrypt(value) } while value >= UInt64(count)
        return Int(value)
    }

    private func encrypt(_ value: UInt64) -> UInt64 {
        let mask = (UInt64(1) << halfBits) - 1
        var left = value >> halfBits
        var right = value & mask
        for key in keys {
            (left, right) = (right, left ^ (CounterGenerator.mix(right ^ key) & mask))
        }
        return left << halfBits | right
    }
}
