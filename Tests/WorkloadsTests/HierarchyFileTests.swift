import Foundation
import Testing

@testable import Workloads

@Suite("Hierarchy files")
struct HierarchyFileTests {
    private let ids = ["a", "b", "c", "d"]

    private func read(_ text: String) throws -> (tree: ClassTree, ids: [String]) {
        let folder = try TemporaryFolder()
        let path = folder.path + "/graph.json"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return try HierarchyGraph.read(path).tree(classIDs: ids, source: path)
    }

    private func file(
        _ links: [(String, String)], nodes: [String] = ["a", "b", "c", "d", "x", "y"], key: String = "links"
    )
        -> String
    {
        let items = nodes.map { #"{"id": "\#($0)", "label": "\#($0)!"}"# }.joined(separator: ",")
        let list = links.map { #"{"source": "\#($0.0)", "target": "\#($0.1)"}"# }.joined(separator: ",")
        return #"{"directed": true, "nodes": [\#(items)], "\#(key)": [\#(list)]}"#
    }

    private static let good = [("y", "x"), ("y", "c"), ("y", "d"), ("x", "b"), ("x", "a")]

    @Test(arguments: ["links", "edges"]) func childrenKeepTheOrderOfTheLinks(_ key: String) throws {
        let (tree, ids) = try read(file(Self.good, key: key))
        #expect(tree.text == "[[1,0],[4,2,3]]")
        #expect(ids == ["x", "y"])
    }

    @Test func roundTrip() throws {
        let (tree, nodes) = try read(file(Self.good))
        let named = NamedHierarchy(tree: tree, classIDs: ids, nodeIDs: nodes, nodeLabels: ["inner \"x\"", "root"])
        let graph = named.graph(classNames: ["A", "B", "C", "D"])
        #expect(try read(graph.json).tree == tree)
        #expect(graph.dot.contains(#""x" [label="inner \"x\""];"#))
        #expect(graph.dot.contains(#""y" -> "c";"#))
        #expect(named.label(node: 1, classNames: ids) == "root")
    }

    @Test func wrongHierarchiesAreNamed() {
        for (links, expected) in [
            (
                Array(Self.good.dropLast()) + [("y", "a")],
                "expected at least two children for each inner node, found one for x"
            ),
            (Self.good + [("y", "a")], "expected one parent for each node, found 2 for a (a!)"),
            (Array(Self.good.dropFirst()), "expected one root, found 2"),
            (Self.good + [("a", "y")], "expected a leaf for class a, found a node with children"),
            (Self.good + [("y", "q")], "expected links between nodes, found y to q"),
        ] {
            let error = #expect(throws: WorkloadError.self) { _ = try read(file(links)) }
            #expect(error?.kind == .badData)
            #expect(error?.message.contains("graph.json: " + expected) == true, "\(error?.message ?? "")")
        }
        let extra = #expect(throws: WorkloadError.self) {
            _ = try read(file(Self.good + [("y", "e")], nodes: ids + ["x", "y", "e"]))
        }
        #expect(extra?.message.contains("expected leaves that are classes, found leaf e") == true)
        let missing = #expect(throws: WorkloadError.self) {
            _ = try read(file([("y", "a"), ("y", "b")], nodes: ["a", "b", "y"]))
        }
        #expect(missing?.message.contains("expected a leaf for class c, found no such node") == true)
        let other = #expect(throws: WorkloadError.self) { _ = try read("[]") }
        #expect(other?.message.contains("expected a hierarchy with nodes and links") == true)
    }

    /// A chain above a class goes; the child takes the last place below its grandparent.
    @Test func pruning() {
        var graph = HierarchyGraph()
        for id in ["root", "top", "chain", "a", "b", "c"] { graph.add(id, label: id) }
        for (parent, child) in [("root", "top"), ("top", "chain"), ("top", "b"), ("top", "c"), ("chain", "a")] {
            graph.addEdge(from: parent, to: child)
        }
        graph.pruneSingleChildren()
        #expect(graph.edges == [["top", "b"], ["top", "c"], ["top", "a"]])
        #expect(graph.roots == ["top"])
    }
}
