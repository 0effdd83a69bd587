import Testing

@testable import Workloads

@Suite("Class trees")
struct ClassTreeTests {
    /// The worked example of docs/workloads/nbdt.md.
    @Test func workedExample() {
        let rows = [[1, 0, 0.5], [0.9, 0.2, 0.4], [-0.8, 1, 0], [-1, -0.5, 0.3]]
        let tree = ClassTree.induced(rows: rows)
        #expect(tree.text == "[[0,1],[2,3],[4,5]]")
        #expect(tree.depth == 2)
        let soft = DecisionRules(tree: tree).classProbabilities([2, 1, 0.5, -1])
        #expect(difference(soft, [0.622827, 0.229125, 0.121040, 0.027008]) < 1e-6)
    }

    @Test func flatTreeIsTheSoftmax() {
        let rules = DecisionRules(tree: .flat(classes: 5))
        let logits = [0.3, -2, 4, 1.5, 3.9]
        #expect(rules.classProbabilities(logits) == DecisionRules.softmax(logits))
        #expect(rules.path(logits).prediction == 2)
    }

    @Test func tiesGoToTheFirstChild() {
        let rules = DecisionRules(tree: .grouped(order: [3, 1, 2, 0]))
        #expect(rules.path([0, 0, 0, 0]).prediction == 3)
    }

    @Test func randomTreesFollowTheSeed() {
        let trees = (0..<4).map { ClassTree.random(classes: 10, seed: UInt64($0)) }
        #expect(trees[0] == ClassTree.random(classes: 10, seed: 0))
        #expect(Set(trees.map(\.text)).count == 4)
    }

    @Test func textRoundTrip() {
        for tree in [ClassTree.flat(classes: 3), .grouped(order: [0, 1, 2, 3, 4, 5, 6], branching: 3)] {
            #expect(ClassTree(text: tree.text, classes: tree.classes) == tree)
        }
    }

    @Test(arguments: [
        "", "[]", "[[0,1]]", "[[0,1],[2,2],[3,4]]", "[[0,1],[2,9]]", "[[0,1],[x,3]]", "[[0,3],[1,2]]", "[[0],[1,2,3]]",
        "[[0,1],[2,-1]]",
    ])
    func brokenTextIsRefused(_ text: String) { #expect(ClassTree(text: text, classes: 3) == nil) }

    @Test func aRowOfZerosIsNoCrash() {
        let tree = ClassTree.induced(rows: [[0, 0], [1, 0], [0, 1]], normalized: true)
        #expect(tree.nodes.count == 2)
    }
}
