/// Points of the Sobol sequence (Sobol 1967) in the order of Antonov and Saleev (1979), with nested uniform scrambling
/// (Owen, "Randomly permuted (t, m, s)-nets and (t, s)-sequences", 1995) by the seed.
///
/// Direction numbers come from primitive polynomials over GF(2), which are computed, and from initial numbers: up to
/// dimension 53 those of Joe and Kuo ("Constructing Sobol sequences with better two-dimensional projections", SIAM J.
/// Sci. Comput. 30, 2008; the set `new-joe-kuo-6`), beyond it odd numbers drawn at random. Each dimension by itself is
/// perfectly spread either way; how well pairs of the later ones are is left to the draw.
struct SobolSequence: Equatable, Sendable {
    private static let bits = 32

    /// For each dimension the 32 direction numbers, as fractions of 2^32.
    private let directions: [[UInt32]]

    init(dimensions: Int) {
        var polynomials = PrimitivePolynomials()
        directions = (0..<dimensions).map { dimension in
            guard dimension > 0 else { return (0..<Self.bits).map { UInt32(1) << UInt32(31 - $0) } }
            return Self.directions(polynomials.next(), initial: Self.initialNumbers(of: dimension))
        }
    }

    /// The point as fractions of 2^32, unscrambled. The first one is 0.
    func integers(at index: Int) -> [UInt32] {
        let gray = UInt32(truncatingIfNeeded: index ^ (index >> 1))
        return directions.map { numbers in
            var (rest, value) = (gray, UInt32(0))
            while rest != 0 {
                value ^= numbers[rest.trailingZeroBitCount]
                rest &= rest - 1
            }
            return value
        }
    }

    /// The scrambled point, in [0, 1).
    func point(at index: Int, _ random: CounterRandom) -> [Double] {
        integers(at: index).enumerated().map { dimension, value in
            let stream = random.stream(UInt64(dimension))
            // What lies below the 32nd bit is uniform noise of its own.
            let rest = stream.stream("rest").uniform(at: UInt64(index))
            return (Double(Self.scrambled(value, stream)) + rest) * 0x1p-32
        }
    }

    /// Flips each bit by a random bit that belongs to the bits above it.
    static func scrambled(_ value: UInt32, _ random: CounterRandom) -> UInt32 {
        var result = value
        for bit in 0..<UInt64(bits) {
            // The bits above it behind a leading 1, so that no two prefixes share a number.
            let prefix = UInt64(1) << bit | UInt64(value) >> (32 - bit)
            let flip = UInt32(truncatingIfNeeded: random.bits(at: prefix) >> 63)
            result ^= flip << UInt32(31 - bit)
        }
        return result
    }

    // MARK: Direction numbers

    /// Bratley, Fox: "Algorithm 659", 1988.
    private static func directions(_ polynomial: UInt32, initial: (Int) -> UInt32) -> [UInt32] {
        let degree = 31 - polynomial.leadingZeroBitCount
        var numbers: [UInt32] = []
        for index in 0..<bits {
            guard index >= degree else {
                numbers.append(initial(index) << UInt32(31 - index))
                continue
            }
            var number = numbers[index - degree] ^ (numbers[index - degree] >> UInt32(degree))
            for lag in 1..<max(degree, 1) where polynomial >> UInt32(degree - lag) & 1 == 1 {
                number ^= numbers[index - lag]
            }
            numbers.append(number)
        }
        return numbers
    }

    private static func initialNumbers(of dimension: Int) -> (Int) -> UInt32 {
        if dimension <= joeKuo.count { return { joeKuo[dimension - 1][$0] } }
        let random = CounterRandom(seed: 0).stream("sobol").stream(UInt64(dimension))
        // Odd and below 2^(index + 1).
        return { UInt32(random.below(UInt64(1) << UInt64($0), at: UInt64($0))) << 1 | 1 }
    }

    /// m₁, m₂, … of dimensions 2 to 53.
    private static let joeKuo: [[UInt32]] = [
        [1], [1, 3], [1, 3, 1], [1, 1, 1], [1, 1, 3, 3], [1, 3, 5, 13], [1, 1, 5, 5, 17], [1, 1, 5, 5, 5],
        [1, 1, 7, 11, 19], [1, 1, 5, 1, 1], [1, 1, 1, 3, 11], [1, 3, 5, 5, 31], [1, 3, 3, 9, 7, 49],
        [1, 1, 1, 15, 21, 21], [1, 3, 1, 13, 27, 49], [1, 1, 1, 15, 7, 5], [1, 3, 1, 15, 13, 25],
        [1, 1, 5, 5, 19, 61], [1, 3, 7, 11, 23, 15, 103], [1, 3, 7, 13, 13, 15, 69], [1, 1, 3, 13, 7, 35, 63],
        [1, 3, 5, 9, 1, 25, 53], [1, 3, 1, 13, 9, 35, 107], [1, 3, 1, 5, 27, 61, 31], [1, 1, 5, 11, 19, 41, 61],
        [1, 3, 5, 3, 3, 13, 69], [1, 1, 7, 13, 1, 19, 1], [1, 3, 7, 5, 13, 19, 59], [1, 1, 3, 9, 25, 29, 41],
        [1, 3, 5, 13, 23, 1, 55], [1, 3, 7, 3, 13, 59, 17], [1, 3, 1, 3, 5, 53, 69], [1, 1, 5, 5, 23, 33, 13],
        [1, 1, 7, 7, 1, 61, 123], [1, 1, 7, 9, 13, 61, 49], [1, 3, 3, 5, 3, 55, 33], [1, 3, 1, 15, 31, 13, 49, 245],
        [1, 3, 5, 15, 31, 59, 63, 97], [1, 3, 1, 11, 11, 11, 77, 249], [1, 3, 1, 11, 27, 43, 71, 9],
        [1, 1, 7, 15, 21, 11, 81, 45], [1, 3, 7, 3, 25, 31, 65, 79], [1, 3, 1, 1, 19, 11, 3, 205],
        [1, 1, 5, 9, 19, 21, 29, 157], [1, 3, 7, 11, 1, 33, 89, 185], [1, 3, 3, 3, 15, 9, 79, 71],
        [1, 3, 7, 11, 15, 39, 119, 27], [1, 1, 3, 1, 11, 31, 97, 225], [1, 1, 1, 3, 23, 43, 57, 177],
        [1, 3, 7, 7, 17, 17, 37, 71], [1, 3, 1, 5, 27, 63, 123, 213], [1, 1, 3, 5, 11, 43, 53, 133],
    ]
}
