/// Agglomerative clustering of the rows of a matrix: the nearest two clusters are merged until one is left.
///
/// Gives the complete merge list with the conventions of scipy's `linkage`: clusters 0..<K are the rows, K + i is the
/// i-th merge, and inside a merge the smaller number comes first. Ties go to the smallest pair. O(K^3): meant for tens
/// to a few hundred classes.
public struct Clustering: Equatable, Sendable {
    public enum Linkage: String, CaseIterable, Sendable {
        case ward, average, complete, single
    }

    public enum Metric: String, CaseIterable, Sendable {
        case euclidean, cosine
    }

    public struct Merge: Equatable, Sendable {
        public let first: Int
        public let second: Int
        /// The distance of the two clusters.
        public let height: Double
    }

    public let merges: [Merge]

    /// - Precondition: at least two rows of equal length; cosine does not go with ward.
    public init(rows: [[Double]], linkage: Linkage, metric: Metric) {
        precondition(rows.count >= 2 && (linkage != .ward || metric == .euclidean))
        var work = Work(rows: rows, linkage: linkage, metric: metric)
        merges = (1..<rows.count).map { _ in work.mergeNearest() }
    }

    private struct Work {
        let linkage: Linkage
        var active: [Int]
        var sizes: [Double]
        /// distances[a][b] for cluster numbers a > b.
        var distances: [[Double]]

        init(rows: [[Double]], linkage: Linkage, metric: Metric) {
            self.linkage = linkage
            active = Array(rows.indices)
            sizes = Array(repeating: 1, count: rows.count)
            distances = rows.indices.map { a in (0..<a).map { b in Clustering.distance(rows[a], rows[b], metric) } }
        }

        func distance(_ a: Int, _ b: Int) -> Double { a > b ? distances[a][b] : distances[b][a] }

        mutating func mergeNearest() -> Merge {
            var best = (first: active[0], second: active[1])
            var height = distance(best.first, best.second)
            for (i, first) in active.enumerated() {
                for second in active[(i + 1)...] where distance(first, second) < height {
                    best = (first, second)
                    height = distance(first, second)
                }
            }
            let merged = distances.count
            distances.append((0..<merged).map { other in joined(best.first, best.second, with: other, height) })
            sizes.append(sizes[best.first] + sizes[best.second])
            active.removeAll { $0 == best.first || $0 == best.second }
            active.append(merged)
            return Merge(first: best.first, second: best.second, height: height)
        }

        /// The distance of the new cluster a+b to another one (Lance, Williams 1967).
        func joined(_ a: Int, _ b: Int, with other: Int, _ height: Double) -> Double {
            guard other != a, other != b, active.contains(other) else { return .infinity }
            let (da, db) = (distance(a, other), distance(b, other))
            let (na, nb, n) = (sizes[a], sizes[b], sizes[other])
            switch linkage {
            case .single: return min(da, db)
            case .complete: return max(da, db)
            case .average: return (na * da + nb * db) / (na + nb)
            case .ward:
                let squared = (na + n) * da * da + (nb + n) * db * db - n * height * height
                return (squared / (na + nb + n)).squareRoot()
            }
        }
    }

    private static func distance(_ a: [Double], _ b: [Double], _ metric: Metric) -> Double {
        switch metric {
        case .euclidean:
            return zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
        case .cosine:
            let dot = zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
            return 1 - dot / (length(a) * length(b))
        }
    }

    static func length(_ row: [Double]) -> Double { row.reduce(0) { $0 + $1 * $1 }.squareRoot() }
}
