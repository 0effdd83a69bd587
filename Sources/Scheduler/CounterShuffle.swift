/// A random permutation of 0..<count computed place by place, without a table.
///
/// A Feistel network over the next even power of two, walked until the value falls inside 0..<count (Black, Rogaway:
/// "Ciphers with arbitrary finite domains", CT-RSA 2002).
struct CounterShuffle {
    private static let rounds: UInt64 = 8
    let count: Int
    private let halfBits: UInt64
    private let keys: [CounterRandom]

    init(count: Int, random: CounterRandom) {
        precondition(count > 0, "there is no permutation of nothing")
        self.count = count
        let bits = Int.bitWidth - (count - 1).leadingZeroBitCount
        halfBits = UInt64(max(1, (bits + 1) / 2))
        keys = (0..<Self.rounds).map(random.stream)
    }

    subscript(index: Int) -> Int {
        precondition(index >= 0 && index < count, "the place is outside the permutation")
        var value = UInt64(index)
        repeat { value = mixed(value) } while value >= UInt64(count)
        return Int(value)
    }

    private func mixed(_ value: UInt64) -> UInt64 {
        let mask = (UInt64(1) << halfBits) - 1
        var (left, right) = (value >> halfBits, value & mask)
        for key in keys { (left, right) = (right, left ^ (key.bits(at: right) & mask)) }
        return left << halfBits | right
    }
}
