import Foundation
import Testing
import Torch

@Suite("Optimiser and schedule")
struct OptimiserTests {
    @Test(.enabled(if: TorchRuntime.isAvailable, "libtorch is missing"))
    func twoStepsByHand() throws {
        let parameter = try Tensor.of([1] as [Double]).requiringGradient()
        let idle = try Tensor.of([4] as [Double]).requiringGradient()
        let named = [NamedTensor(name: "p", tensor: parameter), NamedTensor(name: "idle", tensor: idle)]
        let optimiser = try SGD(named, momentum: 0.9, weightDecay: 0.1)
        // Gradient 2p. Step 1: g = 2 + 0.1, v = 2.1, p = 1 - 0.21. Step 2: g = 2.1 p, v = 0.9 * 2.1 + g.
        var (p, v) = (1.0, 0.0)
        for _ in 0..<2 {
            try (parameter * parameter).sum().backward()
            try optimiser.step(learningRate: 0.1)
            v = 0.9 * v + (2 * p + 0.1 * p)
            p -= 0.1 * v
            #expect(abs(try parameter.item() - p) < 1e-15)
            #expect(try parameter.gradient() == nil)
        }
        #expect(try idle.item() == 4)
        #expect(optimiser.velocities.map(\.name) == ["momentum.p", "momentum.idle"])
    }

    @Test func theRateFallsAtTheMilestones() {
        let schedule = MultiStepSchedule(initial: 0.1, factor: 0.1, fractions: [3.0 / 7, 5.0 / 7], totalEpochs: 7)
        #expect(schedule.milestones == [3, 5])
        #expect(schedule.rate(epoch: 2) == 0.1)
        #expect(schedule.rate(epoch: 3) == 0.1 * 0.1)
        #expect(schedule.rate(epoch: 6) == 0.1 * 0.1 * 0.1)
    }
}

extension OptimiserTests {
    /// Three steps by the textbook formulas, in each form.
    @Test(.enabled(if: TorchRuntime.isAvailable, "libtorch is missing"), arguments: AdamW.Form.allCases)
    func adamStepsByHand(_ form: AdamW.Form) throws {
        let parameter = try Tensor.of([1] as [Double]).requiringGradient()
        let optimiser = try AdamW([NamedTensor(name: "p", tensor: parameter)], weightDecay: 0.3, form: form)
        var (p, m, v) = (1.0, 0.0, 0.0)
        for t in 1...3 {
            try (parameter * parameter).sum().backward()
            try optimiser.step(learningRate: 0.1)
            let (first, second) = (1 - pow(0.9, Double(t)), 1 - pow(0.999, Double(t)))
            m = 0.9 * m + 0.1 * 2 * p
            v = 0.999 * v + 0.001 * 4 * p * p
            switch form {
            case .torch:
                p -= 0.1 * 0.3 * p
                p -= 0.1 * (m / first) / ((v / second).squareRoot() + 1e-8)
            case .transformers:
                p -= 0.1 * second.squareRoot() / first * m / (v.squareRoot() + 1e-6)
                p -= 0.1 * 0.3 * p
            }
            #expect(abs(try parameter.item() - p) < 1e-14)
        }
        #expect(try optimiser.steps() == 3)
        #expect(optimiser.state.map(\.name) == ["adam_mean.p", "adam_square.p", "adam_steps"])
        try optimiser.reset()
        #expect(try optimiser.steps() == 0)
    }

    @Test(.enabled(if: TorchRuntime.isAvailable, "libtorch is missing"))
    func nesterovLooksAhead() throws {
        let parameter = try Tensor.of([1] as [Double]).requiringGradient()
        let named = [NamedTensor(name: "p", tensor: parameter)]
        let optimiser = try SGD(named, momentum: 0.9, weightDecay: 0, nesterov: true)
        var (p, v) = (1.0, 0.0)
        for _ in 0..<3 {
            try (parameter * parameter).sum().backward()
            try optimiser.step(learningRate: 0.1)
            v = 0.9 * v + 2 * p
            p -= 0.1 * (2 * p + 0.9 * v)
            #expect(abs(try parameter.item() - p) < 1e-15)
        }
    }

    @Test func schedules() {
        let cosine = RateSchedule(initial: 2, shape: .cosine(floor: 0.1), warmUp: 2, total: 10)
        #expect(cosine.rate(at: 1) == 1)
        #expect(cosine.rate(at: 2) == 2)
        #expect(abs(cosine.rate(at: 6) - 2 * 0.55) < 1e-15)
        #expect(abs(cosine.rate(at: 10) - 0.2) < 1e-15)
        let steps = RateSchedule(initial: 1, shape: .steps(factor: 0.1, milestones: [3, 5]), total: 7)
        #expect([0, 2.9, 3, 5].map { steps.rate(at: $0) } == [1, 1, 0.1, 0.1 * 0.1])
        let linear = RateSchedule(initial: 1, shape: .linear(floor: 0), total: 4)
        #expect(linear.rate(at: 1) == 0.75)
        #expect(RateSchedule(initial: 1, shape: .constant, total: 4).rate(at: 3) == 1)
    }
}
