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
