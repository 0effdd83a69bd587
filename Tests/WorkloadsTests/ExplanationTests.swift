import Foundation
import Testing
import Torch

@testable import Workloads

@Suite("Explanations of decisions")
struct ExplanationTests {
    private let explanation: DecisionExplanation
    private let names = ["T-shirt", "Trouser", "Bag & <co>", "Boot"]

    init() throws {
        let tree = try #require(ClassTree(text: "[[0,1],[4,2,3]]", classes: 4))
        let hierarchy = NamedHierarchy(
            tree: tree, classIDs: ["a", "b", "c", "d"], nodeIDs: ["x", "y"],
            nodeLabels: ["outer_garment", "(generated)"])
        explanation = DecisionExplanation(
            title: "test image 3", picture: Picture(width: 1, height: 1, channels: 1, pixels: [9]), label: 1,
            logits: [2, 1, 0.5, -1], hierarchy: hierarchy, classNames: names)
    }

    @Test func numbers() throws {
        // Root: mean of the first two logits 1.5 against 0.5 and -1.
        let root = DecisionRules.softmax([1.5, 0.5, -1])
        let below = DecisionRules.softmax([2, 1])
        #expect(explanation.path.map(\.node) == [1, 0])
        #expect(explanation.nodes[1].children.map(\.probability) == root)
        #expect(explanation.nodes[0].children.map(\.pathProbability) == below.map { $0 * root[0] })
        #expect(explanation.nodes[1].children.map(\.label) == ["outer garment", "Bag & <co>", "Boot"])
        #expect(explanation.nodes[1].label == "4 classes")
        #expect(explanation.hard == 0 && explanation.soft == 0 && explanation.flat == 0)
        #expect(explanation.ranking == [0, 2, 1, 3])
        for (index, child) in explanation.nodes[0].children.enumerated() {
            #expect(abs(child.pathProbability - explanation.classProbabilities[index]) < 1e-15)
        }
    }

    @Test func text() {
        let lines = explanation.text.split(separator: "\n").map(String.init)
        #expect(lines[0] == "test image 3: Trouser")
        #expect(lines[1].hasPrefix("4 classes  (entropy 0."))
        #expect(lines[2] == "  ->  69.0%  outer garment")
        #expect(lines.contains("hard rule: T-shirt"))
        #expect(DecisionExplanation.decimals(-0.05, 1) == "-0.1" && DecisionExplanation.decimals(12.345, 2) == "12.35")
        #expect(DecisionExplanation.percent(1) == "100.0%" && DecisionExplanation.percent(0.001) == "  0.1%")
    }

    @Test func json() throws {
        let object = try JSONSerialization.jsonObject(with: Data(explanation.json.utf8))
        let fields = try #require(object as? [String: Any])
        #expect(fields["hard"] as? String == "T-shirt" && fields["label"] as? String == "Trouser")
        let path = try #require(fields["path"] as? [[String: Any]])
        #expect(path.map { $0["node"] as? Int } == [1, 0])
        let children = try #require(path[0]["children"] as? [[String: Any]])
        #expect(children.map { $0["chosen"] as? Bool } == [true, false, false])
        #expect((fields["classes"] as? [[String: Any]])?.count == 4)
    }

    /// Well-formed, with every class, and the chosen way in its own colour.
    @Test func svg() throws {
        let svg = explanation.svg
        let document = try XMLScan(svg)
        #expect(document.isBalanced)
        #expect(svg.contains("Bag &amp; &lt;co&gt;") && !svg.contains("<co>"))
        #expect(svg.components(separatedBy: "stroke='#0b62c4' stroke-width='3'").count == 3)
        #expect(svg.contains("data:image/png;base64,iVBOR"))
        for name in ["T-shirt", "Trouser", "Boot"] { #expect(svg.contains(name)) }
    }

    /// Elements open and close in order; no Foundation XML on this platform's minimal installations.
    private struct XMLScan {
        let isBalanced: Bool

        init(_ text: String) throws {
            var open: [Substring] = []
            var balanced = true
            for piece in text.split(separator: "<").dropFirst(0) {
                guard let end = piece.firstIndex(of: ">") else { balanced = false; break }
                let tag = piece[..<end]
                if tag.hasSuffix("/") { continue }
                if tag.hasPrefix("/") {
                    balanced = balanced && open.popLast() == tag.dropFirst()
                } else {
                    open.append(tag.prefix { $0 != " " })
                }
            }
            isBalanced = balanced && open.isEmpty
        }
    }

    @Test(.enabled(if: TorchRuntime.isAvailable, "libtorch is missing"))
    func ofACheckpointAndAFile() throws {
        let folder = try TemporaryFolder()
        let training = try SyntheticImages.training(SyntheticImages.configuration(), epochs: 6, folder: folder.path)
        _ = try training.run(shouldStop: { false }, report: { _ in })
        let image = SyntheticImages.splits.validation.picture(2)
        let path = folder.path + "/image.png"
        try image.encodedPNG().write(to: URL(fileURLWithPath: path))
        let found = try NBDTInspection.explain(checkpoint: folder.path + "/step-000006", .file(path))
        #expect(found.title == path && found.label == nil)
        #expect(found.hard == 2 && found.classNames[2] == "lower")
        #expect(abs(found.classProbabilities.reduce(0, +) - 1) < 1e-12)
        let json = try NBDTInspection.hierarchy(checkpoint: folder.path + "/step-000006", .json)
        #expect(json.contains(#""label": "upper""#))
    }
}
