import Glibc

/// Random numbers as a pure function of (seed, stream, counter): no state, so any number can be drawn at any time, on
/// any thread, after any resume, and be the same.
///
/// The mixing function is the finaliser of SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number
/// generators", OOPSLA 2014), applied to a Weyl sequence.
public struct CounterGenerator: Sendable {
    private static let increment: UInt64 = 0x9E37_79B9_7F4A_7C15
    private let key: UInt64

    /// - Parameter stream: separates uses of one seed, for example initial weights from the order of the images.
    public init(seed: UInt64, stream: UInt64) {
        key = Self.mix(Self.mix(seed &+ Self.increment) ^ (stream &* 0xD1B5_4A32_D192_ED03))
    }

    public static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    public func bits(_ counter: UInt64) -> UInt64 {
        Self.mix(key &+ (counter &+ 1) &* Self.increment)
    }

    /// Uniform in [0, 1), 53 bits.
    public func uniform(_ counter: UInt64) -> Double { Double(bits(counter) >> 11) * 0x1p-53 }

    /// Uniform in 0..<bound. The bias of the multiplication is below bound / 2^64.
    public func below(_ bound: Int, _ counter: UInt64) -> Int {
        Int(bits(counter).multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// Standard normal (Box and Muller 1958), two uniform draws per number.
    public func normal(_ counter: UInt64) -> Double {
        let radius = (-2 * log(1 - uniform(2 &* counter))).squareRoot()
        return radius * cos(2 * Double.pi * uniform(2 &* counter &+ 1))
    }
}
