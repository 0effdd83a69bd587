import HyperSchedProtocol
import SweepFile
import Testing

/// Experiment configurations written after Determined's published reference.
@Suite struct DeterminedImportTests {
    static let experiment = """
        name: mnist_pytorch_adaptive
        description: tuning
        hyperparameters:
          learning_rate: {type: log, minval: -4, maxval: -1}
          decay: {type: log, base: 2, minval: -10, maxval: -2}
          n_filters1: {type: int, minval: 8, maxval: 64}
          dropout1: {type: double, minval: 0.2, maxval: 0.8}
          batch_size: 64
          device: {type: const, val: "on"}
          widths: [64, 32]
          optimizer:
            name: {type: categorical, vals: [sgd, adam, null]}
            beta: 0.9
        searcher:
          name: adaptive_asha
          metric: validation_loss
          max_trials: 64
          max_length: {epochs: 16}
          mode: aggressive
          max_concurrent_trials: 8
        resources: {slots_per_trial: 2, priority: 10, weight: 2}
        max_restarts: 3
        reproducibility: {experiment_seed: 1337}
        environment: {image: foo, environment_variables: [A=b c]}
        entrypoint: python3 train.py --x
        """

    @Test func anExperimentBecomesASweep() throws {
        let sweep = try KatibImportTests.imported(Self.experiment, .init(deadline: "6h"))
        #expect(sweep.format == .determined && sweep.missing == [])
        let spec = try good(sweep.text).spec
        #expect(spec.name == "mnist_pytorch_adaptive")
        #expect(spec.metric == Metric(name: "validation_loss", goal: .minimize), "smaller is better by default")
        #expect(
            spec.parameters.map(\.name) == [
                "learning_rate", "decay", "n_filters1", "dropout1", "batch_size", "device", "widths",
                "optimizer.name", "optimizer.beta",
            ])
        let text = ParameterValue.string
        #expect(
            spec.parameters.map(\.domain) == [
                .logUniform(min: 1e-4, max: 0.1), .logUniform(min: 1.0 / 1024, max: 0.25),
                .intUniform(min: 8, max: 64), .uniform(min: 0.2, max: 0.8), .constant(.int(64)),
                .constant(text("on")), .constant(.list([.int(64), .int(32)])),
                .categorical(values: [text("sgd"), text("adam"), .null], probabilities: nil), .constant(.real(0.9)),
            ], "the bounds of log are exponents")
        #expect(spec.program == .command(["${env}", "A=b c", "/bin/sh", "-c", "exec python3 train.py --x"]))
        // max_rungs 5, but 4^2 is the largest power that 16 epochs have: rungs at 1, 4 and 16.
        #expect(spec.policy == .asha(ASHAOptions(reductionFactor: 4)))
        #expect(spec.steps == StepRange(unit: "epoch", min: 1, max: 16))
        #expect(spec.limits.trials == 64 && spec.retry.max == 3 && spec.seed == 1337 && spec.weight == 2)
        #expect(spec.slots == SlotRequest(kind: .gpu, min: 2, max: 2))
        #expect(spec.priority == 0)
    }

    @Test func everythingLeftOutIsNamed() throws {
        let notes = try KatibImportTests.imported(Self.experiment).notes
        #expect(
            Set(notes.map { $0.split(separator: ": ")[0] }) == [
                "environment.image", "entrypoint", "searcher.max_concurrent_trials", "searcher.max_length",
                "resources.priority", "resources.slots_per_trial", "--max-steps",
            ])
        #expect(notes.contains { $0.contains("in Determined the smaller number goes first (on Kubernetes the larger") })
    }

    @Test func bracketsOfTheModes() throws {
        for (mode, brackets) in [("standard", 2), ("conservative", 3)] {
            let text = Self.experiment.replacing("mode: aggressive", with: "mode: \(mode)")
            let spec = try good(try KatibImportTests.imported(text, .init(deadline: "6h")).text).spec
            #expect(spec.policy == .hyperband(HyperbandOptions(reductionFactor: 4, brackets: brackets)), "\(mode)")
        }
    }

    @Test func newerFilesCountTime() throws {
        let text = Self.experiment.replacing("max_length: {epochs: 16}", with: "time_metric: batches\n  max_time: 1000")
            .replacing("smaller", with: "x").replacing("name: adaptive_asha", with: "name: async_halving")
            .replacing("  mode: aggressive\n", with: "  divisor: 3\n  smaller_is_better: false\n")
        let spec = try good(try KatibImportTests.imported(text, .init(deadline: "6h")).text).spec
        #expect(spec.metric.goal == .maximize)
        // 1000 / 3^4
        #expect(spec.steps == StepRange(unit: "batches", min: 12, max: 1000))
        #expect(spec.policy == .asha(ASHAOptions(kind: .stopping, reductionFactor: 3)))
    }

    @Test func gridsAreListed() throws {
        let text = Self.experiment.replacing("name: adaptive_asha", with: "name: grid")
            .replacing("mode: aggressive\n", with: "smaller_is_better: true\n").replacing(
                "maxval: -1", with: "maxval: -1, count: 4"
            )
            .replacing("maxval: -2", with: "maxval: -2, count: 2").replacing("maxval: 64", with: "maxval: 64, count: 3")
            .replacing("maxval: 0.8", with: "maxval: 0.8, count: 3").replacing("max_trials: 64", with: "max_trials: 9")
        let spec = try good(try KatibImportTests.imported(text).text).spec
        #expect(spec.method == .grid)
        let values = spec.parameters.prefix(4).map { parameter -> [Double] in
            if case .categorical(let values, _) = parameter.domain { values.compactMap(\.number) } else { [] }
        }
        #expect(values == [[1e-4, 1e-3, 1e-2, 0.1], [1.0 / 1024, 0.25], [8, 36, 64], [0.2, 0.5, 0.8]])
    }

    @Test(arguments: [
        ("name: adaptive_asha", "name: custom", "searcher.name"),
        ("entrypoint: python3 train.py --x", "entrypoint: model_def:MNistTrial", "entrypoint"),
        ("type: int, minval: 8", "type: integer, minval: 8", "hyperparameters.n_filters1.type"),
        ("max_trials: 64", "max_trails: 64", "searcher.max_trails"),
        ("max_restarts: 3", "max_restart: 3", "max_restart"),
        ("metric: validation_loss\n", "source_trial_id: 3\n", "searcher.source_trial_id"),
        ("minval: 0.2, maxval: 0.8", "minval: 0.9, maxval: 0.8", "hyperparameters.dropout1.minval"),
    ]) func whatHasNoCounterpartIsRefused(_ old: String, _ new: String, _ field: String) {
        #expect(Self.experiment.contains(old))
        #expect(KatibImportTests.refusals(Self.experiment.replacing(old, with: new)).contains { $0.field == field })
    }
}
