import Testing
import Torch

@testable import Workloads

@Suite("Clustering")
struct ClusteringTests {
    /// The definition: the nearest pair of all, the smallest on ties, distances by Lance and Williams.
    private func naive(_ rows: [[Double]], _ linkage: Clustering.Linkage) -> [Clustering.Merge] {
        var sizes = rows.map { _ in 1.0 }
        var active = Array(rows.indices)
        var distances: [[Int]: Double] = [:]
        for a in rows.indices {
            for b in 0..<a {
                let sum = zip(rows[a], rows[b]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
                distances[[b, a]] = sum.squareRoot()
            }
        }
        var merges: [Clustering.Merge] = []
        while active.count > 1 {
            var best = (a: active[0], b: active[1], height: Double.infinity)
            for (place, a) in active.enumerated() {
                for b in active[(place + 1)...] where distances[[a, b]]! < best.height {
                    best = (a, b, distances[[a, b]]!)
                }
            }
            let merged = sizes.count
            active.removeAll { $0 == best.a || $0 == best.b }
            for other in active {
                let (x, y) = (distances[[best.a, other].sorted()]!, distances[[best.b, other].sorted()]!)
                let (m, n, k) = (sizes[best.a], sizes[best.b], sizes[other])
                distances[[other, merged]] =
                    switch linkage {
                    case .single: min(x, y)
                    case .complete: max(x, y)
                    case .average: (m * x + n * y) / (m + n)
                    case .ward:
                        (((m + k) * x * x + (n + k) * y * y - k * best.height * best.height) / (m + n + k)).squareRoot()
                    }
            }
            sizes.append(sizes[best.a] + sizes[best.b])
            active.append(merged)
            merges.append(Clustering.Merge(first: best.a, second: best.b, height: best.height))
        }
        return merges
    }

    /// Whole-number coordinates on a small grid make many ties.
    @Test(arguments: Clustering.Linkage.allCases) func equalsTheDefinition(_ linkage: Clustering.Linkage) {
        for seed in 0..<20 {
            let generator = CounterGenerator(seed: UInt64(seed), stream: 1)
            let count = 2 + seed
            let rows = (0..<count).map { row in
                (0..<3).map { column in
                    let counter = UInt64(row * 3 + column)
                    return seed % 2 == 0 ? generator.normal(counter) : Double(generator.below(4, counter))
                }
            }
            #expect(Clustering(rows: rows, linkage: linkage, metric: .euclidean).merges == naive(rows, linkage))
        }
    }

    /// ImageNet's number of classes.
    @Test func aThousandRows() {
        let generator = CounterGenerator(seed: 3, stream: 1)
        let rows = (0..<1000).map { row in (0..<16).map { generator.normal(UInt64(row * 16 + $0)) } }
        let tree = ClassTree.induced(rows: rows)
        #expect(tree.nodes.count == 999)
    }
}
