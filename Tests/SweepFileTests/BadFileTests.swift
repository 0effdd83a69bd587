import HyperSchedProtocol
import SweepFile
import Testing

@Suite struct BadFileTests {
    /// One mistake, and what must be said about it.
    struct Case: Sendable, CustomTestStringConvertible {
        var program = "program: train.py"
        var method = "method: random"
        var metric = "metric: {name: val_acc, goal: maximize}"
        var parameters = "parameters: {lr: {min: 0.001, max: 0.1}}"
        var block = "in: 6h, steps: {max: 30}"
        var more = ""
        let field: String
        let says: String

        var text: String {
            SweepFixture(
                program: program, method: method, metric: metric, parameters: parameters, block: block, more: more
            ).text
        }
        var testDescription: String { "\(field): \(says)" }
    }

    static let topCases = [
        Case(more: "metod: grid", field: "metod", says: "unknown key 'metod'; the nearest known one is 'method'"),
        Case(program: "", field: "workload", says: "missing"),
        Case(program: "workload: nbdt\nprogram: train.py", field: "workload", says: "there is also 'program'"),
        Case(program: "workload: nbtd", field: "workload", says: "unknown workload 'nbtd'; known: "),
        Case(program: "command: train.py", field: "command", says: "expected a list of words"),
        Case(program: "command: [python, \"${program}\"]", field: "command", says: "there is no 'program'"),
        Case(program: "command: [python, \"${arg}\"]", field: "command", says: "the nearest known one is ${args}"),
        Case(method: "", field: "method", says: "missing"),
        Case(method: "method: custom", field: "method", says: "'custom' is not available in this version"),
        Case(method: "method: sobel", field: "method", says: "the nearest known one is 'sobol'"),
        Case(method: "method: [tpe]", field: "method", says: "found a list"),
        Case(method: "method: randon", field: "method", says: "the nearest known one is 'random'"),
        Case(metric: "", field: "metric", says: "missing"),
        Case(metric: "metric: {goal: maximize}", field: "metric.name", says: "missing"),
        Case(metric: "metric: {name: a, goal: max}", field: "metric.goal", says: "unknown word 'max'"),
        Case(
            metric: "metric: {name: a, target: high}", field: "metric.target", says: "expected a number, found 'high'"),
        Case(metric: "metric: {name: step}", field: "metric.name", says: "can not be a metric"),
        Case(metric: "metrics: [{name: a}]", field: "metrics", says: "not available in this version"),
        Case(more: "run_cap: 0", field: "run_cap", says: "expected a whole number from 1 to"),
        Case(more: "early_terminate: {type: envelope}", field: "early_terminate.type", says: "unknown word 'envelope'"),
    ]

    static let spaceCases = [
        Case(parameters: "", field: "parameters", says: "missing"),
        Case(parameters: "parameters: {}", field: "parameters", says: "the search space is empty"),
        Case(parameters: "parameters: [lr]", field: "parameters", says: "expected a mapping"),
        Case(parameters: "parameters: {lr: 3}", field: "parameters.lr", says: "expected a mapping"),
        Case(parameters: "parameters: {lr: {}}", field: "parameters.lr", says: "says neither"),
        Case(
            parameters: "parameters: {lr: {min: 2, max: 1}}", field: "parameters.lr.min",
            says: "2 is larger than max (1)"),
        Case(parameters: "parameters: {lr: {min: 2}}", field: "parameters.lr.max", says: "missing"),
        Case(parameters: "parameters: {lr: {min: a, max: 2}}", field: "parameters.lr.min", says: "found 'a'"),
        Case(parameters: "parameters: {lr: {min: 0, max: .inf}}", field: "parameters.lr.max", says: "found '.inf'"),
        Case(
            parameters: "parameters: {lr: {distribution: log_uniform_values, min: 0, max: 1}}",
            field: "parameters.lr.min", says: "0 has no logarithm"),
        Case(
            parameters: "parameters: {lr: {distribution: log_uniform, min: 1, max: 1000}}",
            field: "parameters.lr.max", says: "natural-log exponents"),
        Case(
            parameters: "parameters: {lr: {distribution: q_uniform, min: 0, max: 1, q: 0}}",
            field: "parameters.lr.q", says: "larger than 0"),
        Case(
            parameters: "parameters: {lr: {distribution: q_uniform, min: 1.1, max: 1.4, q: 0.5}}",
            field: "parameters.lr.q", says: "no multiple of 0.5 lies between 1.1 and 1.4"),
        Case(
            parameters: "parameters: {lr: {distribution: normal, sigma: -1}}",
            field: "parameters.lr.sigma", says: "0 or larger"),
        Case(
            parameters: "parameters: {lr: {distribution: int_uniform, min: 1.5, max: 3}}",
            field: "parameters.lr.min", says: "whole number"),
        Case(
            parameters: "parameters: {lr: {distribution: loguniform, min: 1, max: 3}}",
            field: "parameters.lr.distribution", says: "the nearest known one is 'log_uniform'"),
        Case(
            parameters: "parameters: {lr: {distribution: beta, min: 1, max: 3}}",
            field: "parameters.lr.min", says: "does not go with beta"),
        Case(
            parameters: "parameters: {lr: {distribution: beta, a: 0}}", field: "parameters.lr.a",
            says: "expected a number larger than 0"),
        Case(
            parameters: "parameters: {lr: {distribution: beta, b: .nan}}", field: "parameters.lr.b",
            says: "found '.nan'"),
        Case(
            parameters: "parameters: {lr: {distribution: q_beta, a: 2, q: 0}}", field: "parameters.lr.q",
            says: "larger than 0"),
        Case(parameters: "parameters: {lr: {values: []}}", field: "parameters.lr.values", says: "at least one value"),
        Case(
            parameters: "parameters: {lr: {values: [{a: 1}]}}", field: "parameters.lr.values",
            says: "a dictionary can not be"),
        Case(
            parameters: "parameters: {lr: {value: 1, min: 2}}", field: "parameters.lr.min",
            says: "does not go with constant"),
        Case(
            parameters: "parameters: {lr: {values: [1, 2], probabilities: [0.5]}}",
            field: "parameters.lr.probabilities", says: "expected 2 numbers from 0 to 1"),
        Case(
            parameters: "parameters: {lr: {values: [1, 2], probabilities: [0.5, 0.4]}}",
            field: "parameters.lr.probabilities", says: "their sum is 0.9"),
        Case(
            parameters: "parameters: {lr: {valuess: [1]}}", field: "parameters.lr.valuess",
            says: "the nearest known one is 'values'"),
        Case(
            parameters: "parameters: {opt: {parameters: {lr: {min: 2, max: 1}}}}",
            field: "parameters.opt.parameters.lr.min", says: "is larger than max"),
        Case(
            parameters: "parameters: {opt: {parameters: {}}}", field: "parameters.opt.parameters", says: "is empty"),
        Case(
            parameters: "parameters: {opt: {parameters: {a: {value: 1}}, value: 3}}", field: "parameters.opt.value",
            says: "unknown key"),
        Case(
            parameters: "parameters: {opt: {parameters: {a: {value: 1}}}, opt.a: {value: 2}}", field: "parameters",
            says: "two parameters have the whole name 'opt.a'"),
        Case(
            parameters: "parameters: {k: {values: [a, b]}, x: {min: 1, max: 2, condition: {kk: a}}}",
            field: "parameters.x.condition", says: "there is no parameter 'kk'"),
        Case(
            parameters: "parameters: {g: {parameters: {k: {values: [a, b]}}}, x: {value: 2, condition: {k: a}}}",
            field: "parameters.x.condition", says: "there is no parameter 'k'"),
        Case(
            parameters: "parameters: {k: {values: [a, b]}, x: {min: 1, max: 2, condition: {k: [a, c]}}}",
            field: "parameters.x.condition", says: "'c' is no value of 'k'"),
        Case(
            parameters: "parameters: {k: {min: 0.0, max: 1}, x: {min: 1, max: 2, condition: {k: 0.5}}}",
            field: "parameters.x.condition", says: "has no list of values"),
        Case(
            parameters: "parameters: {a: {values: [1], condition: {b: 1}}, b: {values: [1], condition: {a: 1}}}",
            field: "parameters.a.condition", says: "depends on itself, by way of a, b"),
        Case(
            parameters: "parameters: {x: {min: 1, max: 2, condition: sgd}}", field: "parameters.x.condition",
            says: "expected the values of other parameters"),
        Case(
            parameters: "parameters: {x: {min: 1, max: 2, condition: {}}}", field: "parameters.x.condition",
            says: "is empty"),
        Case(
            parameters: "parameters: {k: {value: 1}, x: {min: 1, max: 2, condition: {k: []}}}",
            field: "parameters.x.condition.k", says: "a value or a list of values"),
        Case(
            parameters: "parameters: {k: {value: 1}, x: {min: 1, max: 2, condition: {k: [[1]]}}}",
            field: "parameters.x.condition.k", says: "a value or a list of values"),
        Case(
            parameters:
                "parameters: {k: {values: [a]}, g: {condition: {k: b}, parameters: {x: {value: 1}, y: {value: 1}}}}",
            field: "parameters.g.condition", says: "'b' is no value of 'k'"),
        Case(method: "method: grid", field: "parameters.lr", says: "a grid over a continuous range has no end"),
    ]

    static let blockCases = [
        Case(block: "steps: {max: 3}", field: "hypersched.deadline", says: "missing"),
        Case(
            block: "in: 6h, deadline: 2026-12-01T08:00:00Z, steps: {max: 3}", field: "hypersched.in",
            says: "there is also 'deadline'"),
        Case(block: "in: 6, steps: {max: 3}", field: "hypersched.in", says: "without a unit"),
        Case(block: "in: 0h, steps: {max: 3}", field: "hypersched.in", says: "expected a duration"),
        Case(block: "in: soon, steps: {max: 3}", field: "hypersched.in", says: "expected a duration, found 'soon'"),
        Case(
            block: "deadline: 2026-12-01T08:00:00, steps: {max: 3}", field: "hypersched.deadline",
            says: "has no time zone"),
        Case(block: "deadline: Friday 08:00, steps: {max: 3}", field: "hypersched.deadline", says: "is not an instant"),
        Case(
            block: "deadline: 2020-01-01T00:00:00Z, steps: {max: 3}", field: "hypersched.deadline",
            says: "in the past"),
        Case(block: "in: 6h", field: "hypersched.steps", says: "missing"),
        Case(block: "in: 6h, steps: {min: 3}", field: "hypersched.steps.max", says: "missing"),
        Case(
            block: "in: 6h, steps: {min: 30, max: 3}", field: "hypersched.steps",
            says: "min (30) is larger than max (3)"),
        Case(block: "in: 6h, steps: {max: 0}", field: "hypersched.steps.max", says: "found '0'"),
        Case(block: "in: 6h, steps: {unit: seconds, min: 10}", field: "hypersched.steps.max", says: "missing"),
        Case(
            block: "in: 6h, steps: {unit: seconds, max: soon}", field: "hypersched.steps.max",
            says: "whole seconds and at least one, found 'soon'"),
        Case(
            block: "in: 6h, steps: {unit: seconds, max: 0.5}", field: "hypersched.steps.max", says: "found '0.5'"),
        Case(
            block: "in: 6h, steps: {unit: minutes, min: 2h, max: 30}", field: "hypersched.steps",
            says: "min (7200) is larger than max (1800)"),
        Case(
            program: "workload: nbdt", metric: "metric: {name: val_soft_accuracy, goal: maximize}",
            block: "in: 6h, steps: {unit: seconds, max: 30}", field: "hypersched.steps.unit",
            says: "plans its learning rates by the number of epochs"),
        Case(
            block: "in: 6h, steps: {max: 3}, policy: {name: pbt, quantile: 0.6}",
            field: "hypersched.policy.quantile", says: "at most 0.5, found '0.6'"),
        Case(
            block: "in: 6h, steps: {max: 3}, policy: {name: pbt, factors: [0.8, x]}",
            field: "hypersched.policy.factors", says: "a list of 1 to 16 numbers"),
        Case(
            block: "in: 6h, steps: {max: 3}, policy: {name: pbt, population: 1}",
            field: "hypersched.policy.population", says: "from 2 to 10000"),
        Case(
            block: "in: 6h, steps: {max: 3}, policy: {name: hyperband, brackets: 0}",
            field: "hypersched.policy.brackets", says: "from 1 to 100"),
        Case(
            block: "in: 6h, steps: {max: 3}, policy: {name: asha, cutoff: rank}",
            field: "hypersched.policy.cutoff", says: "is the test of 'kind: stopping'"),
        Case(
            block: "in: 6h, steps: {max: 3}, policy: {name: asha, kind: stopping, delay: true}",
            field: "hypersched.policy.delay", says: "delays promotions"),
        Case(
            block: "in: 6h, steps: {max: 3}, policy: {name: median, peers: all}",
            field: "hypersched.policy.peers", says: "unknown word 'all'"),
        Case(
            block: "in: 6h, steps: {max: 1000}, policy: {name: median, interval: 2}",
            field: "hypersched.policy", says: "makes 500 points of judgement, more than 256"),
        Case(
            block: "in: 6h, steps: {max: 3}, policy: aska", field: "hypersched.policy",
            says: "the nearest known one is 'asha'"),
        Case(
            block: "in: 6h, steps: {max: 3}, policy: {name: asha, eta: 1}", field: "hypersched.policy.eta",
            says: "from 2 to 100"),
        Case(
            block: "in: 6h, steps: {max: 3}, policy: {name: asha, allocation: none}",
            field: "hypersched.policy.allocation", says: "unknown key"),
        Case(
            block: "in: 6h, steps: {max: 3}, budget: 4", field: "hypersched.budget", says: "expected slot-hours"),
        Case(
            block: "in: 6h, steps: {max: 3}, budget: {slot_hours: 0}", field: "hypersched.budget.slot_hours",
            says: "larger than 0, at most 1e9, found '0'"),
        Case(
            block: "in: 6h, steps: {max: 3}, budget: {}", field: "hypersched.budget.slot_hours", says: "missing"),
        Case(
            block: "in: 6h, steps: {max: 3}, budget: {slots: 4}", field: "hypersched.budget.slots",
            says: "unknown key 'slots'"),
        Case(
            block: "in: 6h, steps: {max: 3}, weight: -1", field: "hypersched.weight",
            says: "expected a number from 0 to 1000"),
        Case(block: "in: 6h, steps: {max: 3}, weight: much", field: "hypersched.weight", says: "found 'much'"),
        Case(
            block: "in: 6h, steps: {max: 3}, limits: {disk: 2GB}", field: "hypersched.limits.disk",
            says: "not available"),
        Case(
            block: "in: 6h, steps: {max: 3}, slots: {min: 4, max: 2}", field: "hypersched.slots.min",
            says: "larger than max"),
        Case(
            block: "in: 6h, steps: {max: 3}, slots: {min: 5, agents: 2}", field: "hypersched.slots.min",
            says: "5 slots can not be divided equally among 2 agents"),
        Case(
            block: "in: 6h, steps: {max: 3}, slots: {min: 4, max: 8, agents: 2}", field: "hypersched.slots.max",
            says: "keeps its size"),
        Case(
            block: "in: 6h, steps: {max: 3}, slots: {agents: many}", field: "hypersched.slots.agents",
            says: "whole number"),
        Case(
            program: "workload: nbdt", parameters: "",
            block: "in: 6h, steps: {max: 3}, slots: {agents: 2}", field: "hypersched.slots.agents",
            says: "runs on one agent"),
        Case(
            block: "in: 6h, steps: {max: 3}, slots: {kind: tpu}", field: "hypersched.slots.kind",
            says: "unknown word 'tpu'"),
        Case(block: "in: 6h, steps: {max: 3}, retry: {max: -1}", field: "hypersched.retry.max", says: "found '-1'"),
        Case(
            block: "in: 6h, steps: {max: 3}, checkpoint: {keep: {best: 3}}", field: "hypersched.checkpoint.keep.best",
            says: "only 1 is available"),
        Case(
            block: "in: 6h, steps: {max: 3}, report_pattern: '(a'", field: "hypersched.report_pattern",
            says: "'(a': '(' without ')', at character 1"),
        Case(
            block: "in: 6h, steps: {max: 3}, report_pattern: [katib, 'acc [0-9]+']", field: "hypersched.report_pattern",
            says: "no group is a metric"),
        Case(
            block: "in: 6h, steps: {max: 3}, report_pattern: []", field: "hypersched.report_pattern", says: "0 patterns"
        ),
        Case(
            block: "in: 6h, steps: {max: 3}, report_pattern: [{a: b}]", field: "hypersched.report_pattern",
            says: "expected a text"),
        Case(
            block: "in: 6h, steps: {max: 3}, on_nan: ignore", field: "hypersched.on_nan",
            says: "unknown word 'ignore'"),
        Case(block: "in: 6h, steps: {max: 3}, seed: -1", field: "hypersched.seed", says: "found '-1'"),
        Case(
            method: "method: external", block: "in: 6h, steps: {max: 3}, external: {wait: 10}",
            field: "hypersched.external.wait", says: "without a unit"),
        Case(
            method: "method: external", block: "in: 6h, steps: {max: 3}, external: {queue: 0}",
            field: "hypersched.external.queue", says: "from 1 to 10000"),
        Case(
            method: "method: external", block: "in: 6h, steps: {max: 3}, external: {patience: 1s}",
            field: "hypersched.external.patience", says: "unknown key"),
        Case(block: "in: 6h, steps: {max: 3}, priority: high", field: "hypersched.priority", says: "found 'high'"),
    ]

    @Test(arguments: topCases + spaceCases + blockCases)
    func oneMistakeIsOneError(bad: Case) throws {
        let errors = mistakes(bad.text)
        #expect(errors.map(\.field) == [bad.field])
        let error = try #require(errors.first)
        #expect(error.message.contains(bad.says), "\(error.message)")
        #expect(!error.fix.isEmpty)
    }

    @Test func allMistakesAreFoundAtOnceWithTheirLines() {
        let errors = mistakes(
            """
            metod: random
            program: train.py
            metric: {name: acc, goal: up}
            parameters:
              lr: {min: 2, max: 1}
              x: {values: []}
            hypersched:
              deadline: 2020-01-01T00:00:00Z
            """)
        #expect(
            errors.map(\.field) == [
                "metod", "method", "metric.goal", "parameters.lr.min", "parameters.x.values", "hypersched.deadline",
                "hypersched.steps",
            ])
        #expect(errors[0].message.hasPrefix("line 1: "))
        #expect(errors[3].message.hasPrefix("line 5: "))
        #expect(errors[5].message.hasPrefix("line 8: "))
    }

    @Test func workloadParametersAreChecked() {
        var fixture = SweepFixture()
        fixture.program = "workload: nbdt"
        fixture.metric = "metric: {name: val_soft_acuracy, goal: maximize}"
        fixture.parameters = """
            parameters:
              learning_rate: {value: 1}
              lr: {min: 0.1, max: 100.0}
              batch_size: {distribution: log_uniform_values, min: 8, max: 64}
              hierarchy: {values: [induced, oak]}
              momentum: {distribution: normal}
              tree_update_every: {distribution: q_uniform, min: 1, max: 3, q: 0.5}
            """
        let errors = mistakes(fixture.text)
        #expect(
            errors.map(\.field) == [
                "metric.name", "parameters.learning_rate", "parameters.lr.max", "parameters.batch_size.min",
                "parameters.hierarchy.values", "parameters.tree_update_every.q",
            ])
        #expect(errors[0].message.contains("the nearest known one is 'val_soft_accuracy'"))
    }

    @Test func brokenTextIsRefused() {
        #expect(mistakes("").first?.message == "the file is empty")
        #expect(mistakes("- a").first?.message.contains("is a mapping of keys") == true)
        #expect(mistakes("a: [1").first?.message.hasPrefix("line ") == true)
        #expect(mistakes("method: random\nmethod: grid").first?.message == "line 1: the key 'method' is there twice")
        #expect(mistakes(String(repeating: "#", count: 262_145)).first?.message.hasPrefix("262145 bytes") == true)
        #expect(mistakes("a: \(String(repeating: "[", count: 30))1\(String(repeating: "]", count: 30))").count == 1)
        #expect(mistakes("a: \(String(repeating: "[", count: 5000))").count == 1)
    }

    @Test func anAliasBombIsRefusedBeforeItIsRead() {
        var text = "a0: &a0 [x, x]\n"
        for level in 1...60 { text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
        #expect(mistakes(text).first?.message.contains("anchors are not accepted") == true)
    }
}
