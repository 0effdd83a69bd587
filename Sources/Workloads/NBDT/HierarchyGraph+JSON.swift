import Foundation

/// The hierarchy files of the NBDT code: networkx's node-link form.
extension HierarchyGraph {
    private struct File: Decodable {
        struct Item: Decodable {
            let id: String
            let label: String?
        }
        struct Link: Decodable {
            let source: String
            let target: String
        }
        let nodes: [Item]
        let links: [Link]?
        /// What networkx 3.4 and later call the links.
        let edges: [Link]?
    }

    /// - Throws: `.badData` naming the file, what was expected and what was found.
    static func read(_ path: String) throws(WorkloadError) -> HierarchyGraph {
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: path)) else {
            throw WorkloadError(.badData, "\(path): cannot be read")
        }
        let file: File
        do {
            file = try JSONDecoder().decode(File.self, from: data)
        } catch {
            throw WorkloadError(
                .badData,
                "\(path): expected a hierarchy with nodes and links (networkx node-link JSON), found: \(error)")
        }
        var graph = HierarchyGraph()
        for node in file.nodes { graph.add(node.id, label: node.label ?? "") }
        for link in file.links ?? file.edges ?? [] {
            guard graph.contains(link.source), graph.contains(link.target) else {
                throw WorkloadError(
                    .badData, "\(path): expected links between nodes, found \(link.source) to \(link.target)")
            }
            graph.addEdge(from: link.source, to: link.target)
        }
        return graph
    }

    /// The file's text.
    var json: String {
        let nodes = self.nodes.map { #"{"id": \#(JSONText.quote($0.id)), "label": \#(JSONText.quote($0.label))}"# }
        let links = edges.map { #"{"source": \#(JSONText.quote($0[0])), "target": \#(JSONText.quote($0[1]))}"# }
        return """
            {"directed": true, "multigraph": false, "graph": {},
             "nodes": [\(nodes.joined(separator: ",\n           "))],
             "links": [\(links.joined(separator: ",\n           "))]}
            """
    }

    /// Graphviz.
    var dot: String {
        let names = nodes.map { "  \(JSONText.quote($0.id)) [label=\(JSONText.quote($0.label))];" }
        let arrows = edges.map { "  \(JSONText.quote($0[0])) -> \(JSONText.quote($0[1]));" }
        return "digraph hierarchy {\n" + (names + arrows).joined(separator: "\n") + "\n}"
    }
}
