/// How often the point that a saliency map marks highest lies on the object (Zhang et al., arXiv:1608.00507; GALS
/// counts a hit where any of the highest pixels does).
public struct PointingGame: Equatable, Sendable {
    public private(set) var hits = 0
    public private(set) var count = 0

    public init() {}

    /// A map that is zero everywhere is a miss.
    public static func isHit(saliency: [Double], mask: [Bool]) -> Bool {
        guard let top = saliency.max(), saliency.contains(where: { $0 != 0 }) else { return false }
        return zip(saliency, mask).contains { $0 == top && $1 }
    }

    public mutating func add(saliency: [Double], mask: [Bool]) {
        count += 1
        if Self.isHit(saliency: saliency, mask: mask) { hits += 1 }
    }

    /// Fraction of 1; nil before the first.
    public var accuracy: Double? { count > 0 ? Double(hits) / Double(count) : nil }
}
