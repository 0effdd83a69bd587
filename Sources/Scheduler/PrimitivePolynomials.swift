/// Primitive polynomials over GF(2) by degree, then by value, as bit patterns: 11₂ = x + 1, 111₂, 1011₂, …
struct PrimitivePolynomials {
    private var latest: UInt32 = 1

    mutating func next() -> UInt32 {
        repeat { latest += 2 } while !Self.isPrimitive(latest)
        return latest
    }

    /// x generates the multiplicative group of the field.
    static func isPrimitive(_ polynomial: UInt32) -> Bool {
        let degree = 31 - polynomial.leadingZeroBitCount
        let order = UInt32(1) << UInt32(degree) - 1
        guard power(2, order, polynomial) == 1 else { return false }
        return primeFactors(order).allSatisfy { power(2, order / $0, polynomial) != 1 }
    }

    /// x^exponent for the element `base`, modulo the polynomial.
    private static func power(_ base: UInt32, _ exponent: UInt32, _ polynomial: UInt32) -> UInt32 {
        var (result, base, exponent) = (UInt32(1), reduced(base, polynomial), exponent)
        while exponent > 0 {
            if exponent & 1 == 1 { result = product(result, base, polynomial) }
            base = product(base, base, polynomial)
            exponent >>= 1
        }
        return result
    }

    private static func reduced(_ value: UInt32, _ polynomial: UInt32) -> UInt32 {
        value.leadingZeroBitCount <= polynomial.leadingZeroBitCount ? value ^ polynomial : value
    }

    private static func product(_ a: UInt32, _ b: UInt32, _ polynomial: UInt32) -> UInt32 {
        var (a, b, result) = (a, b, UInt32(0))
        while b > 0 {
            if b & 1 == 1 { result ^= a }
            a = reduced(a << 1, polynomial)
            b >>= 1
        }
        return result
    }

    private static func primeFactors(_ number: UInt32) -> [UInt32] {
        var (rest, factor, found) = (number, UInt32(2), [UInt32]())
        while factor * factor <= rest {
            if rest % factor == 0 {
                found.append(factor)
                while rest % factor == 0 { rest /= factor }
            }
            factor += 1
        }
        return rest > 1 ? found + [rest] : found
    }
}
