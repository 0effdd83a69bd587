import Glibc

/// How differently women and men fare with a network that names the apparent gender in a picture (Hendricks et al.,
/// arXiv:1803.09797; Zhao et al., arXiv:1707.09457).
public struct OutcomeBias: Equatable, Sendable {
    /// Pictures of women called woman, man, person; of men called man, woman, person.
    public let women: [Int]
    public let men: [Int]

    public init(women: [Int], men: [Int]) {
        precondition(women.count == 3 && men.count == 3)
        self.women = women
        self.men = men
    }

    /// Pictures called woman over pictures called man; infinite where none is called man.
    public var ratio: Double { Double(women[0] + men[1]) / Double(men[0] + women[1]) }

    /// 1 - ratio; GALS reports its absolute value.
    public var ratioDelta: Double { 1 - ratio }

    /// The Jensen-Shannon divergence, in bits, of women's (right, wrong, person) and men's rates. 0 log 0 counts as 0.
    public var divergence: Double { Self.divergence(women, men) }

    /// The same over right and wrong only.
    public var binaryDivergence: Double { Self.divergence(Array(women.prefix(2)), Array(men.prefix(2))) }

    private static func divergence(_ first: [Int], _ second: [Int]) -> Double {
        func rates(_ counts: [Int]) -> [Double] {
            let total = Double(max(1, counts.reduce(0, +)))
            return counts.map { Double($0) / total }
        }
        let (p, q) = (rates(first), rates(second))
        return zip(p, q).reduce(0) { sum, pair in
            let middle = (pair.0 + pair.1) / 2
            let parts = [pair.0, pair.1].map { $0 > 0 ? $0 * log2($0 / middle) : 0 }
            return sum + (parts[0] + parts[1]) / 2
        }
    }
}
