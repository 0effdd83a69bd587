import Testing
import Torch

@testable import Workloads

@Suite(
    "Losses against reference results", .enabled(if: Oracle.arePresent, Oracle.note),
    .enabled(if: TorchRuntime.isAvailable, "libtorch is missing"))
struct LossOracleTests {
    struct File: Decodable {
        struct Loss: Decodable {
            let value: Double
            let grad_logits: [[Double]]
        }
        struct Case: Decodable {
            let name: String
            let tree: Oracle.Tree
            let logits: [[Double]]
            let targets: [Int64]
            let losses: [String: Loss]
            let xent_flat: Double
            let floor: Double

            enum CodingKeys: String, CodingKey {
                case name, tree, logits, targets, losses, xent_flat
                case floor = "soft_tree_term_floor_ce_on_probs"
            }
        }
        let cases: [Case]
    }

    struct Recipe: Sendable {
        let name: String
        let term: TreeLoss.Term
        var tree = WeightSchedule(start: 1)
        var crossEntropy = WeightSchedule(start: 1)
        var epoch = 0
        var squared = false
    }

    static let recipes = [
        Recipe(name: "SoftTreeSupLoss tsw=1", term: .soft),
        Recipe(name: "SoftTreeSupLoss tsw=10", term: .soft, tree: WeightSchedule(start: 10)),
        Recipe(
            name: "SoftTreeSupLoss tsw=0 tswe=0.5 xw=1 xwe=0 epoch 3 of 10", term: .soft,
            tree: WeightSchedule(start: 0, end: 0.5), crossEntropy: WeightSchedule(start: 1, end: 0), epoch: 3),
        Recipe(
            name: "SoftTreeSupLoss tsw=1 tswe=10 tswp=2 epoch 3 of 10", term: .soft,
            tree: WeightSchedule(start: 1, end: 10, power: 2), epoch: 3),
        Recipe(name: "HardTreeSupLoss tsw=1", term: .hard),
        Recipe(
            name: "HardTreeSupLoss tsw=2 (reference multiplies tsw twice)", term: .hard,
            tree: WeightSchedule(start: 2), squared: true),
        Recipe(name: "own: xent + 1*NLL(path probability)", term: .softNLL),
    ]

    @Test(arguments: recipes) func valueAndGradient(_ recipe: Recipe) throws {
        let cases = try Oracle.read("nbdt_losses", as: File.self).cases
        #expect(cases.count == 4)
        for oracle in cases {
            let expected = try #require(oracle.losses[recipe.name])
            let loss = try TreeLoss(tree: oracle.tree.converted().tree, term: recipe.term, type: .float64)
            let shape = [oracle.logits.count, oracle.logits[0].count]
            let logits = try Tensor.of(oracle.logits.flatMap { $0 }, shape: shape).requiringGradient()
            let labels = try Tensor.of(oracle.targets)
            let factor = recipe.squared ? recipe.tree.start : 1
            let tree = recipe.tree.weight(epoch: recipe.epoch, total: 10) * factor
            let crossEntropy = recipe.crossEntropy.weight(epoch: recipe.epoch, total: 10)
            let total =
                try logits.crossEntropy(labels).scaled(by: crossEntropy)
                + loss(logits, labels).scaled(by: tree)
            #expect(abs(try total.item() - expected.value) < 1e-12 * max(1, expected.value), "\(oracle.name)")
            try total.backward()
            let gradient = try #require(try logits.gradient()).values(Double.self)
            #expect(difference(gradient, expected.grad_logits.flatMap { $0 }) < 1e-12, "\(oracle.name)")
        }
    }

    /// The floor of the released soft loss is reached by a one-hot distribution.
    @Test func softLossHasAFloor() throws {
        for oracle in try Oracle.read("nbdt_losses", as: File.self).cases {
            let classes = oracle.logits[0].count
            let certain = try Tensor.of((0..<classes).map { $0 == 1 ? 1.0 : 0 }, shape: [1, classes])
            let value = try certain.crossEntropy(Tensor.of([1] as [Int64])).item()
            #expect(abs(value - oracle.floor) < 1e-14)
        }
    }
}
