import Testing

@testable import Workloads

@Suite("Induced and random trees against reference results", .enabled(if: Oracle.arePresent, Oracle.note))
struct HierarchyOracleTests {
    struct InducedFile: Decodable {
        struct Case: Decodable {
            let name: String
            let linkage: String
            let metric: String
            let normalize_rows: Bool
            let fc_weight: [[Double]]
            let merges: [[Int]]
            let merge_heights: [Double]
            let inner_node_leaf_sets: [String: [Int]]
        }
        let cases: [Case]
    }

    struct RandomFile: Decodable {
        struct Case: Decodable {
            let branching_factor: Int
            let leaf_order_after_shuffle: [Int]
            let edges_after_prune: [[String]]
        }
        let random: [Case]
    }

    @Test func mergesHeightsAndLeafSets() throws {
        let file = try Oracle.read("nbdt_induced_hierarchy", as: InducedFile.self)
        #expect(file.cases.count == 8)
        for oracle in file.cases {
            let linkage = try #require(Clustering.Linkage(rawValue: oracle.linkage))
            let metric = try #require(Clustering.Metric(rawValue: oracle.metric))
            let tree = ClassTree.induced(
                rows: oracle.fc_weight, linkage: linkage, metric: metric, normalized: oracle.normalize_rows)
            let rows =
                oracle.normalize_rows
                ? oracle.fc_weight.map { row in row.map { $0 / Clustering.length(row) } } : oracle.fc_weight
            let merges = Clustering(rows: rows, linkage: linkage, metric: metric).merges
            #expect(merges.map { [$0.first, $0.second] } == oracle.merges, "\(oracle.name)")
            #expect(difference(merges.map(\.height), oracle.merge_heights) < 1e-12, "\(oracle.name)")
            let sets = Set(tree.childLeaves.map { $0.flatMap { $0 }.sorted() })
            #expect(sets == Set(oracle.inner_node_leaf_sets.values.map { $0.sorted() }), "\(oracle.name)")
        }
    }

    @Test func groupedTreesHaveTheReferenceShape() throws {
        for oracle in try Oracle.read("nbdt_wordnet_random", as: RandomFile.self).random {
            let tree = ClassTree.grouped(order: oracle.leaf_order_after_shuffle, branching: oracle.branching_factor)
            var children: [String: [String]] = [:]
            for edge in oracle.edges_after_prune { children[edge[0], default: []].append(edge[1]) }
            func matches(_ node: Int, _ id: String) -> Bool {
                guard let below = children[id], below.count == tree.nodes[node].count else { return false }
                return zip(tree.nodes[node], below).allSatisfy { child, id in
                    switch child {
                    case .leaf(let leaf): Int(id.dropFirst()) == leaf && id.hasPrefix("f")
                    case .node(let node): matches(node, id)
                    }
                }
            }
            #expect(matches(tree.root, "0"))
        }
    }
}
