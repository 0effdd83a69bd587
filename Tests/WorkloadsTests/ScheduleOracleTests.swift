import Testing
import Torch

@testable import Workloads

@Suite("Schedules and a training run against reference results", .enabled(if: Oracle.arePresent, Oracle.note))
struct ScheduleOracleTests {
    struct ScheduleFile: Decodable {
        struct Weight: Decodable {
            let start: Double
            let end: Double?
            let power: Double
            let epoch: Int
            let total: Int
            let weight: Double
        }
        struct Rate: Decodable {
            let epochs: Int
            let milestones: [Int]
            let lr_start: Double
            let changes: [[Double]]

            enum CodingKeys: String, CodingKey {
                case epochs, milestones, lr_start
                case changes = "changes_[epoch,lr]"
            }
        }
        let loss_weights: [Weight]
        let learning_rate: [Rate]
    }

    struct TrainingFile: Decodable {
        struct Step: Decodable {
            let loss: Double
            let weight: [[Double]]
            let bias: [Double]
        }
        struct Run: Decodable {
            let loss: String
            let steps: [Step]
            let final_flat_acc: Double
            let final_soft_acc: Double
            let final_hard_acc: Double
        }
        let tree: Oracle.Tree
        let x: [[Double]]
        let y: [Int64]
        let weight0: [[Double]]
        let bias0: [Double]
        let runs: [Run]
    }

    @Test func lossWeights() throws {
        for oracle in try Oracle.read("nbdt_schedules", as: ScheduleFile.self).loss_weights {
            let schedule = WeightSchedule(start: oracle.start, end: oracle.end, power: oracle.power)
            #expect(abs(schedule.weight(epoch: oracle.epoch, total: oracle.total) - oracle.weight) < 1e-15)
        }
    }

    @Test func learningRates() throws {
        for oracle in try Oracle.read("nbdt_schedules", as: ScheduleFile.self).learning_rate {
            let schedule = MultiStepSchedule(
                initial: oracle.lr_start, factor: 0.1, fractions: [3.0 / 7, 5.0 / 7], totalEpochs: oracle.epochs)
            #expect(schedule.milestones == oracle.milestones)
            for change in oracle.changes { #expect(schedule.rate(epoch: Int(change[0])) == change[1]) }
        }
    }

    /// Five full-batch steps of a linear model with SGD (rate 0.1, momentum 0.9, decay 5e-4) in float64.
    @Test(.enabled(if: TorchRuntime.isAvailable, "libtorch is missing"))
    func trainingTrajectory() throws {
        let file = try Oracle.read("nbdt_train_trajectory", as: TrainingFile.self)
        let tree = try file.tree.converted().tree
        let images = try Tensor.of(file.x.flatMap { $0 }, shape: [12, 5])
        let labels = try Tensor.of(file.y)
        for run in file.runs {
            let term: TreeLoss.Term = run.loss.hasPrefix("Soft") ? .soft : .hard
            let loss = try TreeLoss(tree: tree, term: term, type: .float64)
            let weight = try Tensor.of(file.weight0.flatMap { $0 }, shape: [4, 5]).requiringGradient()
            let bias = try Tensor.of(file.bias0).requiringGradient()
            let parameters = [NamedTensor(name: "w", tensor: weight), NamedTensor(name: "b", tensor: bias)]
            let optimiser = try SGD(parameters, momentum: 0.9, weightDecay: 5e-4)
            for step in run.steps {
                let logits = try images.linear(weight: weight, bias: bias)
                let total = try logits.crossEntropy(labels) + loss(logits, labels)
                #expect(abs(try total.item() - step.loss) < 1e-12)
                try total.backward()
                try optimiser.step(learningRate: 0.1)
                #expect(difference(try weight.values(Double.self), step.weight.flatMap { $0 }) < 1e-12)
                #expect(difference(try bias.values(Double.self), step.bias) < 1e-12)
            }
            let logits = try images.linear(weight: weight, bias: bias).values(Double.self)
            let rules = DecisionRules(tree: tree)
            var right = (flat: 0, soft: 0, hard: 0)
            for (image, label) in file.y.enumerated() {
                let values = Array(logits[image * 4..<image * 4 + 4])
                if DecisionRules.argmax(values) == Int(label) { right.flat += 1 }
                if DecisionRules.argmax(rules.classProbabilities(values)) == Int(label) { right.soft += 1 }
                if rules.path(values).prediction == Int(label) { right.hard += 1 }
            }
            #expect(Double(right.flat) / 12 == run.final_flat_acc)
            #expect(Double(right.soft) / 12 == run.final_soft_acc)
            #expect(Double(right.hard) / 12 == run.final_hard_acc)
        }
    }
}
