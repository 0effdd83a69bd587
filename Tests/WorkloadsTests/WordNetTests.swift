import Foundation
import Testing

@testable import Workloads

@Suite(
    "WordNet hierarchies against reference results", .enabled(if: Oracle.arePresent, Oracle.note),
    .enabled(if: Oracle.hasWordNet, "wordnet-base is not installed"))
struct WordNetTests {
    struct Graph: Decodable {
        let nodes: [[String]]
        let edges: [[String]]
    }

    struct File: Decodable {
        let fashion_mnist_unpruned: Graph
        let fashion_mnist_pruned: Graph
        let cifar10_unpruned: Graph
        let cifar10_pruned: Graph
    }

    private func check(_ graph: HierarchyGraph, _ oracle: Graph, children: Bool) {
        #expect(graph.nodes.map { [$0.id, $0.label] } == oracle.nodes)
        // The order of children matters, that of all edges does not.
        for node in Set(oracle.edges.map { $0[0] }) {
            #expect(graph.children[node] == oracle.edges.filter { $0[0] == node }.map { $0[1] }, "\(node)")
        }
        #expect(graph.edges.count == oracle.edges.count)
    }

    @Test(arguments: ["fashion", "cifar"]) func graphs(_ name: String) throws {
        let file = try Oracle.read("nbdt_wordnet_random", as: File.self)
        let ids = name == "fashion" ? ClassIdentities.fashionMNIST : ClassIdentities.cifar10
        let wordNet = try WordNet(folder: WordNet.defaultFolder)
        var graph = try HierarchyGraph(classIDs: ids, wordNet: wordNet, source: name)
        check(graph, name == "fashion" ? file.fashion_mnist_unpruned : file.cifar10_unpruned, children: true)
        graph.pruneSingleChildren()
        check(graph, name == "fashion" ? file.fashion_mnist_pruned : file.cifar10_pruned, children: true)
        let (tree, nodes) = try graph.tree(classIDs: ids, source: name)
        #expect(tree.classes == 10 && nodes.count == tree.nodes.count)
        #expect(graph.label(nodes[tree.root]) == (name == "fashion" ? "artifact" : "whole"))
    }

    @Test func synsets() throws {
        let wordNet = try WordNet(folder: WordNet.defaultFolder)
        let boot = try wordNet.synset(id: "n02872752")
        #expect(boot.word == "boot" && boot.id == "n02872752")
        #expect(try wordNet.name(boot) == "boot.n.01")
        #expect(try wordNet.name(wordNet.synset(id: "n02774152")) == "bag.n.04")
        #expect(try wordNet.depth(wordNet.synset(id: "n00001740")) == 0)
        for id in ["n02872753", "n99999999", "boot", "n0287275"] {
            let error = #expect(throws: WorkloadError.self) { _ = try wordNet.synset(id: id) }
            #expect(error?.message.contains("expected") == true)
        }
        let missing = #expect(throws: WorkloadError.self) { _ = try WordNet(folder: "/none") }
        #expect(missing?.message.contains("apt-get install wordnet-base") == true)
    }

    @Test func classesAboveOthersAreRefused() throws {
        let wordNet = try WordNet(folder: WordNet.defaultFolder)
        // Shirt is above T-shirt, whichever comes first.
        for ids in [["n04197391", "n03595614"], ["n03595614", "n04197391"]] {
            let error = #expect(throws: WorkloadError.self) {
                _ = try HierarchyGraph(classIDs: ids, wordNet: wordNet, source: "wnids.txt")
            }
            #expect(error?.message.contains("found n03595614 below n04197391 (shirt)") == true)
        }
    }

    struct InducedFile: Decodable {
        struct Case: Decodable {
            let name: String
            let linkage: String
            let metric: String
            let normalize_rows: Bool
            let fc_weight: [[Double]]
            let leaf_ids: [String]
            let graph_edges_parent_child: [[String]]
            let labels: [String: String]
            let root: String
        }
        let cases: [Case]
    }

    /// Ids and labels of the inner nodes: WordNet's, or numbers.
    @Test func inducedTreesAreNamed() throws {
        for oracle in try Oracle.read("nbdt_induced_hierarchy", as: InducedFile.self).cases {
            let tree = ClassTree.induced(
                rows: oracle.fc_weight, linkage: try #require(.init(rawValue: oracle.linkage)),
                metric: try #require(.init(rawValue: oracle.metric)), normalized: oracle.normalize_rows)
            let named = NamedHierarchy(tree, classIDs: oracle.leaf_ids, wordNetFolder: WordNet.defaultFolder)
            let names = oracle.leaf_ids.map { oracle.labels[$0] ?? "" }
            let graph = named.graph(classNames: names)
            #expect(Set(graph.edges) == Set(oracle.graph_edges_parent_child), "\(oracle.name)")
            #expect(graph.roots == [oracle.root])
            for node in graph.nodes { #expect(node.label == oracle.labels[node.id], "\(oracle.name) \(node.id)") }
        }
    }
}
