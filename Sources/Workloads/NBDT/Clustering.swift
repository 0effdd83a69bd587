/// Agglomerative clustering of the rows of a matrix: the nearest two clusters are merged until one is left.
///
/// Gives the complete merge list with the conventions of scipy's `linkage`: clusters 0..<K are the rows, K + i is the
/// i-th merge, and inside a merge the smaller number comes first. Ties go to the smallest pair. About O(K^2) time
/// and memory: a thousand classes take a second.
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

    /// Every active cluster remembers its nearest among those with larger numbers, so that a merge looks at one row of
    /// distances and not at all of them.
    private struct Work {
        let linkage: Linkage
        /// Ascending.
        var active: [Int]
        var isActive: [Bool]
        var sizes: [Double]
        /// distances[a][b] for cluster numbers a > b.
        var distances: [[Double]]
        var nearest: [(cluster: Int, distance: Double)]

        init(rows: [[Double]], linkage: Linkage, metric: Metric) {
            self.linkage = linkage
            active = Array(rows.indices)
            isActive = Array(repeating: true, count: rows.count)
            sizes = Array(repeating: 1, count: rows.count)
            distances = rows.indices.map { a in (0..<a).map { b in Clustering.distance(rows[a], rows[b], metric) } }
            nearest = []
            nearest = rows.indices.map { findNearest(to: $0) }
        }

        func distance(_ a: Int, _ b: Int) -> Double { a > b ? distances[a][b] : distances[b][a] }

        func findNearest(to cluster: Int) -> (cluster: Int, distance: Double) {
            var best = (cluster: -1, distance: Double.infinity)
            for other in active where other > cluster && distances[other][cluster] < best.distance {
                best = (other, distances[other][cluster])
            }
            return best
        }

        mutating func mergeNearest() -> Merge {
            var first = active[0]
            for cluster in active where nearest[cluster].distance < nearest[first].distance { first = cluster }
            // Where nothing is nearer than infinity the first two are taken.
            let second = nearest[first].cluster < 0 ? active[1] : nearest[first].cluster
            let height = distance(first, second)
            let merged = distances.count
            distances.append((0..<merged).map { other in joined(first, second, with: other, height) })
            sizes.append(sizes[first] + sizes[second])
            isActive.append(true)
            isActive[first] = false
            isActive[second] = false
            active.removeAll { $0 == first || $0 == second }
            active.append(merged)
            nearest.append((-1, .infinity))
            for cluster in active.dropLast() {
                if nearest[cluster].cluster == first || nearest[cluster].cluster == second {
                    nearest[cluster] = findNearest(to: cluster)
                } else if distances[merged][cluster] < nearest[cluster].distance {
                    nearest[cluster] = (merged, distances[merged][cluster])
                }
            }
            return Merge(first: first, second: second, height: height)
        }

        /// The distance of the new cluster a+b to another one (Lance, Williams 1967).
        func joined(_ a: Int, _ b: Int, with other: Int, _ height: Double) -> Double {
            guard other != a, other != b, isActive[other] else { return .infinity }
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
