internal import RealModule

/// Random numbers as a pure function of a key and a counter: nothing is consumed, so a number does not depend on what
/// was drawn before it, in which order, on which thread or in which process.
///
/// The mixing function is the finaliser of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number
/// generators", OOPSLA 2014) on a Weyl sequence; words and names are folded into the key one by one with the same
/// function.
public struct CounterRandom: Equatable, Sendable {
    private static let increment: UInt64 = 0x9E37_79B9_7F4A_7C15
    private let key: UInt64

    public init(seed: UInt64) { key = Self.mix(seed &+ Self.increment) }

    private init(key: UInt64) { self.key = key }

    /// An independent stream for one use of the seed.
    public func stream(_ word: UInt64) -> CounterRandom {
        CounterRandom(key: Self.mix((key ^ Self.mix(word &+ Self.increment)) &+ Self.increment))
    }

    /// An independent stream for a name (a parameter, a purpose).
    public func stream(_ name: String) -> CounterRandom {
        var result = stream(UInt64(name.utf8.count))
        for byte in name.utf8 { result = result.stream(UInt64(byte)) }
        return result
    }

    static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// 64 random bits.
    public func bits(at counter: UInt64 = 0) -> UInt64 { Self.mix(key &+ (counter &+ 1) &* Self.increment) }

    /// Uniform in [0, 1), 53 bits.
    public func uniform(at counter: UInt64 = 0) -> Double { Double(bits(at: counter) >> 11) * 0x1p-53 }

    /// Uniform in 0..<bound; the bias is below bound / 2^64.
    public func below(_ bound: UInt64, at counter: UInt64 = 0) -> UInt64 {
        bits(at: counter).multipliedFullWidth(by: bound).high
    }

    public func below(_ bound: Int, at counter: UInt64 = 0) -> Int { Int(below(UInt64(bound), at: counter)) }

    /// Standard normal (Box and Muller 1958).
    public func normal(at counter: UInt64 = 0) -> Double {
        let radius = (-2 * Double.log(1 - uniform(at: 2 &* counter))).squareRoot()
        return radius * Double.cos(2 * .pi * uniform(at: 2 &* counter &+ 1))
    }
}
