import Testing
import Torch

@testable import Workloads

@Suite("Decision rules against reference results", .enabled(if: Oracle.arePresent, Oracle.note))
struct RulesOracleTests {
    struct File: Decodable {
        struct Node: Decodable {
            let logits: [[Double]]
            let probs: [[Double]]
            let entropy: [Double]
            let pred_child: [Int]
        }
        struct Step: Decodable {
            let node: String
            let prob: Double
            let entropy: Double
        }
        struct Case: Decodable {
            let name: String
            let tree: Oracle.Tree
            let logits: [[Double]]
            let nodes: [String: Node]
            let soft_leaf_probs: [[Double]]
            let soft_pred: [Int]
            let hard_pred: [Int]
            let hard_path: [[Step]]
            let flat_argmax: [Int]
            let flat_softmax: [[Double]]
        }
        let cases: [Case]
    }

    private func cases() throws -> [File.Case] {
        let cases = try Oracle.read("nbdt_rules", as: File.self).cases
        #expect(cases.count == 4)
        return cases
    }

    @Test func everyNode() throws {
        for oracle in try cases() {
            let (tree, numbers) = try oracle.tree.converted()
            let rules = DecisionRules(tree: tree)
            for (id, node) in oracle.nodes {
                let number = try #require(numbers[id])
                for (image, logits) in oracle.logits.enumerated() {
                    let found = rules.probabilities(node: number, of: logits)
                    #expect(difference(rules.logits(node: number, of: logits), node.logits[image]) < 1e-14)
                    #expect(difference(found, node.probs[image]) < 1e-14)
                    #expect(DecisionRules.argmax(found) == node.pred_child[image])
                }
            }
        }
    }

    @Test func softAndFlatPredictions() throws {
        for oracle in try cases() {
            let rules = DecisionRules(tree: try oracle.tree.converted().tree)
            for (image, logits) in oracle.logits.enumerated() {
                let soft = rules.classProbabilities(logits)
                #expect(difference(soft, oracle.soft_leaf_probs[image]) < 1e-14, "\(oracle.name)")
                #expect(DecisionRules.argmax(soft) == oracle.soft_pred[image])
                #expect(DecisionRules.argmax(logits) == oracle.flat_argmax[image])
                #expect(difference(DecisionRules.softmax(logits), oracle.flat_softmax[image]) < 1e-14)
            }
        }
    }

    @Test func hardPaths() throws {
        for oracle in try cases() {
            let (tree, numbers) = try oracle.tree.converted()
            let rules = DecisionRules(tree: tree)
            for (image, logits) in oracle.logits.enumerated() {
                let (prediction, decisions) = rules.path(logits)
                #expect(prediction == oracle.hard_pred[image], "\(oracle.name)")
                // The reference lists the root first, with probability 1, and each node with the decision into it.
                let steps = oracle.hard_path[image]
                #expect(decisions.map(\.node) == steps.dropLast().compactMap { numbers[$0.node] })
                #expect(difference(decisions.map(\.probability), steps.dropFirst().map(\.prob)) < 1e-14)
                #expect(difference(decisions.map(\.entropy), steps.dropFirst().map(\.entropy)) < 1e-14)
            }
        }
    }

    /// The matrix form used in training gives the same probabilities as the rules.
    @Test(.enabled(if: TorchRuntime.isAvailable, "libtorch is missing"))
    func matrixForm() throws {
        for oracle in try cases() {
            let tree = try oracle.tree.converted().tree
            let loss = try TreeLoss(tree: tree, term: .soft, type: .float64)
            let logits = try Tensor.of(oracle.logits.flatMap { $0 }, shape: [oracle.logits.count, tree.classes])
            let found = try loss.logProbabilities(logits).exp().values(Double.self)
            #expect(difference(found, oracle.soft_leaf_probs.flatMap { $0 }) < 1e-13, "\(oracle.name)")
        }
    }
}
