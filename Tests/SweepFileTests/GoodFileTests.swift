import Foundation
import HyperSchedProtocol
import SweepFile
import Testing

@Suite struct GoodFileTests {
    @Test func reportPatterns() throws {
        var fixture = SweepFixture()
        #expect(try good(fixture.text).spec.reportPatterns == nil)
        fixture.block += ", report_pattern: katib"
        #expect(try good(fixture.text).spec.reportPatterns == ["katib"])
        fixture.block = "in: 6h, steps: {unit: epoch, max: 30}, report_pattern: [json, 'acc: (?<val_acc>[0-9.]+)']"
        let parsed = try good(fixture.text)
        #expect(parsed.spec.reportPatterns == ["json", "acc: (?<val_acc>[0-9.]+)"] && parsed.warnings.isEmpty)
        fixture.program = "workload: nbdt"
        fixture.parameters = "parameters: {lr: {min: 0.001, max: 0.1}}"
        fixture.metric = "metric: {name: val_soft_accuracy, goal: maximize}"
        #expect(try good(fixture.text).warnings.contains { "\($0)".contains("do not need it") })
    }

    @Test func everyKeyIsRead() throws {
        let parsed = try good(
            """
            name: fashion-nbdt
            workload: nbdt
            method: random
            metric: {name: val_soft_accuracy, goal: maximize, target: 0.95}
            parameters:
              lr: {distribution: log_uniform_values, min: 1e-3, max: 0.3}
              tree_supervision_weight: {distribution: log_uniform_values, min: 0.1, max: 100}
              hierarchy: {values: [induced, random]}
              batch_size: {value: 64}
            hypersched:
              deadline: 2026-12-01T08:00:00+09:00
              policy: {name: hypersched, eta: 3, allocation: top_job, scaling: {2: 1.8, 1: 1.0}, drop_at_closing: false}
              steps: {unit: epoch, min: 2, max: 30}
              slots: {kind: gpu, min: 1, max: 8, labels: {zone: a, rack: 7}}
              limits: {trial_wall: 3h, no_report: 20m, trials: 500}
              retry: {max: 5}
              checkpoint: {grace: 60s, keep: {best: 1, latest: 1}}
              on_nan: worst
              priority: -3
              seed: 18446744073709551615
            """)
        let spec = parsed.spec
        #expect(parsed.warnings == [])
        #expect(spec.name == "fashion-nbdt")
        #expect(spec.program == .workload("nbdt"))
        #expect(spec.metric == Metric(name: "val_soft_accuracy", goal: .maximize, target: 0.95))
        #expect(spec.parameters.map(\.name) == ["lr", "tree_supervision_weight", "hierarchy", "batch_size"])
        #expect(spec.parameters[0].domain == .logUniform(min: 0.001, max: 0.3))
        #expect(
            spec.parameters[2].domain
                == .categorical(values: [.string("induced"), .string("random")], probabilities: nil))
        #expect(spec.parameters[3].domain == .constant(.int(64)))
        #expect(spec.deadline == Timestamp(rfc3339: "2026-11-30T23:00:00Z"))
        let scaling = [ScalingPoint(slots: 1, speed: 1), ScalingPoint(slots: 2, speed: 1.8)]
        #expect(
            spec.policy
                == .hypersched(
                    HyperSchedOptions(reductionFactor: 3, allocation: .topJob, scaling: scaling, dropAtClosing: false)))
        #expect(spec.steps == StepRange(unit: "epoch", min: 2, max: 30))
        #expect(spec.slots == SlotRequest(kind: .gpu, min: 1, max: 8, labels: ["zone": "a", "rack": "7"]))
        #expect(spec.limits == SweepLimits(trials: 500, trialWallSeconds: 10_800, noReportSeconds: 1200))
        #expect(spec.retry.max == 5)
        #expect(spec.checkpoint.graceSeconds == 60)
        #expect(spec.onNaN == .worst)
        #expect(spec.priority == -3)
        #expect(spec.seed == .max)
    }

    @Test func checkpointsMayLieElsewhere() throws {
        for (text, place) in [
            ("/shared/checkpoints/", CheckpointPlace.folder("/shared/checkpoints")),
            ("s3://bucket/a/b", .s3(bucket: "bucket", prefix: "a/b")),
        ] {
            var fixture = SweepFixture()
            fixture.block += ", checkpoint: {store: \"\(text)\", grace: 10s}"
            #expect(try good(fixture.text).spec.checkpoint == CheckpointRule(graceSeconds: 10, place: place))
        }
        var fixture = SweepFixture()
        fixture.block += ", checkpoint: {store: shared}"
        #expect(mistakes(fixture.text).map(\.field) == ["hypersched.checkpoint.store"])
    }

    @Test func defaultsAreFilledIn() throws {
        let spec = try good(SweepFixture().text).spec
        #expect(spec.name == "train.py")
        #expect(spec.program == .command(["${env}", "${interpreter}", "train.py", "${args}"]))
        #expect(spec.policy == .deadline(DeadlineOptions()))
        #expect(spec.deadline == now.advanced(bySeconds: 21_600))
        #expect(spec.steps == StepRange(unit: "epoch", min: 1, max: 30))
        #expect(spec.slots == SlotRequest())
        #expect(spec.limits == SweepLimits())
        #expect(spec.seed == 7)
    }

    @Test func aFileOfWeightsAndBiasesLoads() throws {
        let parsed = try good(
            """
            # from the documentation of W&B
            program: src/train.py
            project: sweep-demo
            method: random
            metric:
              name: validation_loss
            parameters:
              epochs:
                values: [5, 10]
              dropout:
                distribution: uniform
                min: 0
                max: 0.5
              layers: {min: 1, max: 8}
              momentum: {min: 1.0, max: 8.0}
              learning_rate: {distribution: log_uniform, min: -9.21, max: -2.3}
              optimizer:
                values: [adam, sgd]
                probabilities: [0.25, 0.75]
            early_terminate: {type: hyperband, min_iter: 3, eta: 4}
            run_cap: 40
            command: ["${env}", "${interpreter}", "${program}", "--epochs", 3, "${args}"]
            hypersched: {in: 90m, steps: {max: 81}}
            """)
        let spec = parsed.spec
        #expect(spec.program == .command(["${env}", "${interpreter}", "src/train.py", "--epochs", "3", "${args}"]))
        #expect(spec.metric.goal == .minimize)
        #expect(spec.limits.trials == 40)
        #expect(spec.steps == StepRange(unit: "step", min: 3, max: 81))
        #expect(spec.policy == .asha(ASHAOptions(kind: .stopping, reductionFactor: 4, cutoff: .rank)))
        #expect(spec.parameters[1].domain == .uniform(min: 0, max: 0.5))
        #expect(spec.parameters[2].domain == .intUniform(min: 1, max: 8))
        #expect(spec.parameters[3].domain == .uniform(min: 1, max: 8))
        #expect(spec.parameters[4].domain == .logUniform(min: exp(-9.21), max: exp(-2.3)))
        #expect(
            spec.parameters[5].domain
                == .categorical(values: [.string("adam"), .string("sgd")], probabilities: [0.25, 0.75]))
        #expect(parsed.warnings.contains { $0.hasPrefix("early_terminate: hyperband is carried out as policy asha") })
        #expect(parsed.warnings.contains("project: has no effect here"))
    }

    @Test(arguments: [
        ("{unit: seconds, min: 60, max: 3600}", 60, 3600), ("{unit: minutes, min: 1, max: 60}", 60, 3600),
        ("{unit: hour, min: 0.5, max: 2}", 1800, 7200), ("{unit: s, min: 90s, max: 1h30m}", 90, 5400),
        ("{unit: seconds, max: 640}", 10, 640), ("{unit: seconds, max: 8}", 1, 8),
    ])
    func stepsMayBeTime(text: String, min: Int, max: Int) throws {
        var fixture = SweepFixture()
        fixture.block = "in: 6h, steps: \(text)"
        #expect(
            try good(fixture.text).spec.steps == StepRange(unit: "second", min: min, max: max, countsSeconds: true))
    }

    @Test func sharingAndBudgetAreRead() throws {
        var fixture = SweepFixture()
        fixture.block = "in: 6h, steps: {max: 9}, priority: 2, weight: 0.5, budget: {slot_hours: 2.5}"
        let spec = try good(fixture.text).spec
        #expect(spec.priority == 2 && spec.weight == 0.5 && spec.budget == SweepBudget(slotHours: 2.5))
        fixture.block = "in: 6h, steps: {max: 9}, weight: 0"
        #expect(try good(fixture.text).spec.effectiveWeight == 0)
        #expect(try good(SweepFixture().text).spec.weight == nil)
    }

    @Test func jsonIsReadToo() throws {
        let spec = try good(
            """
            {"program": "train.py", "method": "grid", "metric": {"name": "loss", "goal": "minimize"},
             "parameters": {"lr": {"values": [0.1, 1e-4]}, "on": {"value": true}},
             "hypersched": {"in": "1h30m", "steps": {"max": 9}, "policy": "fifo"}}
            """
        ).spec
        #expect(spec.parameters[0].domain == .categorical(values: [.real(0.1), .real(1e-4)], probabilities: nil))
        #expect(spec.parameters[1].domain == .constant(.bool(true)))
        #expect(spec.policy == .fifo)
        #expect(spec.deadline == now.advanced(bySeconds: 5400))
    }

    @Test(arguments: [
        ("min: 1, max: 8", ParameterDomain.intUniform(min: 1, max: 8)),
        ("min: 1, max: 8.0", .uniform(min: 1, max: 8)),
        ("min: 1e-4, max: 1e-2", .uniform(min: 1e-4, max: 1e-2)),
        ("min: '1e-4', max: '1e-2'", .uniform(min: 1e-4, max: 1e-2)),
        ("distribution: int_uniform, min: 1.0, max: 4", .intUniform(min: 1, max: 4)),
        ("distribution: q_uniform, min: 0, max: 1, q: 0.25", .quantizedUniform(min: 0, max: 1, q: 0.25)),
        ("distribution: q_uniform, min: 0, max: 9", .quantizedUniform(min: 0, max: 9, q: 1)),
        ("distribution: log_uniform_values, min: 1, max: 8", .logUniform(min: 1, max: 8)),
        ("distribution: q_log_uniform_values, min: 1, max: 8, q: 2", .quantizedLogUniform(min: 1, max: 8, q: 2)),
        ("distribution: inv_log_uniform_values, min: 1, max: 8", .inverseLogUniform(min: 1, max: 8)),
        ("distribution: normal, mu: 2, sigma: 3", .normal(mu: 2, sigma: 3)),
        ("mu: 2", .normal(mu: 2, sigma: 1)),
        ("distribution: q_normal, q: 5", .quantizedNormal(mu: 0, sigma: 1, q: 5)),
        ("distribution: log_normal, mu: 2", .logNormal(mu: 2, sigma: 1)),
        ("distribution: q_log_normal, sigma: 2, q: 4", .quantizedLogNormal(mu: 0, sigma: 2, q: 4)),
        ("distribution: constant, value: 3", .constant(.int(3))),
        ("distribution: beta", .beta(a: 1, b: 1)), ("distribution: beta, a: 2, b: 0.5", .beta(a: 2, b: 0.5)),
        ("distribution: q_beta, a: 2, q: 0.1", .quantizedBeta(a: 2, b: 1, q: 0.1)),
        (
            "values: ['1', 1, 1.0, 1e-4]",
            .categorical(values: [.string("1"), .int(1), .real(1), .real(1e-4)], probabilities: nil)
        ),
        ("value: .5", .constant(.real(0.5))),
        ("value: nan", .constant(.string("nan"))),
        ("value: -3", .constant(.int(-3))),
        ("value: 1_000", .constant(.int(1000))),
    ])
    func domains(body: String, expected: ParameterDomain) throws {
        #expect(try SweepFixture.domain(body) == expected)
    }

    @Test func nestedAndConditionalParameters() throws {
        var fixture = SweepFixture()
        fixture.parameters = """
            parameters:
              optimizer: {values: [sgd, adam]}
              layers: {min: 1, max: 4}
              sgd:
                condition: {optimizer: sgd}
                parameters:
                  momentum: {min: 0.0, max: 0.99}
                  nesterov: {values: [true, false], condition: {layers: [2.0, 3]}}
              net: {parameters: {head: {parameters: {width: {value: 64}}}}}
            """
        let parameters = try good(fixture.text).spec.parameters
        #expect(parameters.map(\.name) == ["optimizer", "layers", "sgd.momentum", "sgd.nesterov", "net.head.width"])
        #expect(parameters.map(\.groups) == [[], [], ["sgd"], ["sgd"], ["net", "head"]])
        let sgd = ParameterCondition(parent: "optimizer", values: [.string("sgd")])
        #expect(parameters[2].conditions == [sgd])
        #expect(parameters[3].conditions == [sgd, ParameterCondition(parent: "layers", values: [.int(2), .int(3)])])
        #expect(parameters[4].conditions.isEmpty)
        #expect(try WireCoding.decode([Parameter].self, from: WireCoding.encode(parameters)) == parameters)
    }

    @Test func methods() throws {
        var fixture = SweepFixture()
        for (word, method) in [("sobol", SearchMethod.sobol), ("tpe", .tpe), ("external", .external), ("bayes", .tpe)] {
            fixture.method = "method: \(word)"
            let parsed = try good(fixture.text)
            #expect(parsed.spec.method == method)
            #expect(parsed.warnings.contains { $0.hasPrefix("method: bayes is read as tpe") } == (word == "bayes"))
        }
        fixture.block += ", external: {wait: 2m, queue: 7}"
        #expect(try good(fixture.text).warnings.contains("hypersched.external: has no effect with method tpe"))
        fixture.method = "method: external"
        #expect(try good(fixture.text).spec.external == ExternalSearch(waitSeconds: 120, queue: 7))
    }

    @Test func exponentBoundsBecomeValues() throws {
        #expect(
            try SweepFixture.domain("distribution: log_uniform, min: -7, max: -1")
                == .logUniform(min: exp(-7), max: exp(-1)))
        #expect(
            try SweepFixture.domain("distribution: inv_log_uniform, min: 1, max: 7")
                == .inverseLogUniform(min: exp(-7), max: exp(-1)))
    }

    @Test func valuesGivenAsExponentsAreWarnedOf() throws {
        var fixture = SweepFixture()
        fixture.parameters = "parameters: {lr: {distribution: log_uniform, min: 0.0001, max: 0.1}}"
        let warnings = try good(fixture.text).warnings
        #expect(warnings.count == 1)
        #expect(
            warnings.first?.hasPrefix("parameters.lr.distribution: the bounds of log_uniform are natural-log exponents")
                == true)
    }

    @Test(arguments: ["val_acc", "top1_accuracy", "F1", "roc.auc"])
    func minimisedAccuraciesAreWarnedOf(name: String) throws {
        var fixture = SweepFixture()
        fixture.metric = "metric: {name: \(name)}"
        #expect(
            try good(fixture.text).warnings
                == ["metric.goal: '\(name)' is minimised (the default); for the highest one write 'goal: maximize'"])
    }

    @Test func aStepThatDoesNotDivideTheRangeIsWarnedOf() throws {
        var fixture = SweepFixture()
        fixture.parameters = "parameters: {x: {distribution: q_uniform, min: 0, max: 1, q: 0.3}}"
        let parsed = try good(fixture.text)
        #expect(parsed.spec.parameters[0].domain == .quantizedUniform(min: 0, max: 1, q: 0.3))
        #expect(parsed.warnings.count == 1)
        let warning = "parameters.x.q: 0.3 does not divide the range: multiples from 0.0 to 0.9 are drawn"
        #expect(parsed.warnings == [warning])
        fixture.parameters = "parameters: {x: {distribution: q_uniform, min: 0, max: 0.3, q: 0.1}}"
        #expect(try good(fixture.text).warnings == [])
    }

    @Test func hyperbandFromTheOtherEnd() throws {
        var fixture = SweepFixture()
        fixture.block = "in: 6h"
        fixture.more = "early_terminate: {type: hyperband, max_iter: 27, s: 2}"
        let spec = try good(fixture.text).spec
        #expect(spec.steps == StepRange(unit: "step", min: 3, max: 27))
        #expect(spec.policy == .asha(ASHAOptions(kind: .stopping, reductionFactor: 3, cutoff: .rank)))
    }

    @Test(
        arguments: [
            ("asha", .asha(ASHAOptions())),
            ("{name: asha, eta: 3, delay: true}", .asha(ASHAOptions(reductionFactor: 3, delay: true))),
            ("{name: asha, kind: stopping, cutoff: rank}", .asha(ASHAOptions(kind: .stopping, cutoff: .rank))),
            ("hyperband", .hyperband(HyperbandOptions())),
            (
                "{name: hyperband, kind: stopping, eta: 4, brackets: 2, cutoff: rank}",
                .hyperband(HyperbandOptions(kind: .stopping, reductionFactor: 4, brackets: 2, cutoff: .rank))
            ),
            ("median", .median(MedianOptions())),
            (
                "{name: median, statistic: best, peers: completed, action: pause, grace_steps: 0, min_trials: 5, "
                    + "interval: 2}",
                .median(
                    MedianOptions(
                        statistic: .best, peers: .completed, action: .pause, graceSteps: 0, minTrials: 5, interval: 2))
            ),
            ("pbt", .pbt(PBTOptions())),
            (
                "{name: pbt, population: 8, interval: 3, quantile: 0.5, resample_probability: 0, factors: [0.5, 2], "
                    + "action: pause}",
                .pbt(
                    PBTOptions(
                        population: 8, interval: 3, quantile: 0.5, resampleProbability: 0, factors: [0.5, 2],
                        action: .pause
                    ))
            ),
            (
                "{name: hypersched, allocation: softmax, pausing: false, allocation_grid: 4, published_slips: true}",
                .hypersched(
                    HyperSchedOptions(allocation: .softmax, pausing: false, allocationGrid: 4, publishedSlips: true))
            ),
        ] as [(String, PolicySpec)])
    func policies(text: String, expected: PolicySpec) throws {
        var fixture = SweepFixture()
        fixture.block = "in: 6h, steps: {max: 81}, policy: \(text)"
        #expect(try good(fixture.text).spec.policy == expected)
    }

    @Test func theSmallerTrialLimitCounts() throws {
        var fixture = SweepFixture()
        fixture.block += ", limits: {trials: 50}"
        fixture.more = "run_cap: 20"
        let parsed = try good(fixture.text)
        #expect(parsed.spec.limits.trials == 20)
        #expect(parsed.warnings.count == 1)
    }

    @Test(arguments: [
        ("6h", 21_600.0), ("90m", 5400), ("300s", 300), ("1d", 86_400), ("1d12h", 129_600), ("1.5h", 5400),
    ])
    func durations(text: String, seconds: Double) throws {
        var fixture = SweepFixture()
        fixture.block = "in: \(text), steps: {max: 3}"
        #expect(try good(fixture.text).spec.deadline == now.advanced(bySeconds: seconds))
    }

    @Test func aLoneAmpersandIsNoAnchor() throws {
        var fixture = SweepFixture()
        fixture.program = "command: [sh, -c, \"a & b *c && d\", \"${args}\"]"
        #expect(try good(fixture.text).spec.program == .command(["sh", "-c", "a & b *c && d", "${args}"]))
    }
}
