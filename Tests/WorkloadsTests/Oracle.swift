import Foundation
import Testing

@testable import Workloads

/// Reference results computed with the authors' code, kept outside of the repository.
enum Oracle {
    /// HYPERSCHED_ORACLES, or ../shared/oracles beside the repository.
    static let folder: String = {
        if let folder = ProcessInfo.processInfo.environment["HYPERSCHED_ORACLES"] { return folder }
        let file = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        let root = file.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return root.deletingLastPathComponent().appendingPathComponent("shared/oracles").path
    }()

    static var arePresent: Bool { FileManager.default.fileExists(atPath: folder + "/nbdt_rules.json") }

    static let hasWordNet = FileManager.default.fileExists(atPath: WordNet.defaultFolder + "/data.noun")

    static let note: Comment = "reference results are not here; HYPERSCHED_ORACLES may name their folder"

    static func read<Content: Decodable>(_ name: String, as _: Content.Type = Content.self) throws -> Content {
        let data = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name).json"))
        return try JSONDecoder().decode(Content.self, from: data)
    }

    /// A tree as the oracle files write it.
    struct Tree: Decodable {
        let leafIds: [String]
        let root: String
        let children: [String: [String]]

        enum CodingKeys: String, CodingKey {
            case leafIds = "leaf_ids"
            case root, children
        }

        /// The same tree here, and the number of each inner node.
        func converted() throws -> (tree: ClassTree, numbers: [String: Int]) {
            var nodes: [[ClassTree.Child]] = []
            var numbers: [String: Int] = [:]
            func visit(_ id: String) -> ClassTree.Child {
                guard let below = children[id] else { return .leaf(leafIds.firstIndex(of: id) ?? -1) }
                nodes.append(below.map(visit))
                numbers[id] = nodes.count - 1
                return .node(nodes.count - 1)
            }
            _ = visit(root)
            return (try #require(ClassTree(classes: leafIds.count, nodes: nodes)), numbers)
        }
    }
}

/// The largest absolute difference of two lists.
func difference(_ a: [Double], _ b: [Double]) -> Double {
    a.count == b.count ? zip(a, b).map { abs($0 - $1) }.max() ?? 0 : .infinity
}
