import HyperSchedProtocol
import SweepFile
import Testing

/// What files written for W&B may hold beyond the plain forms.
@Suite struct WandBFileTests {
    @Test func listsAndNullAreValues() throws {
        #expect(
            try SweepFixture.domain("values: [[64, 32], [128], null, 1.5, [a, [true, 2.0]]]")
                == .categorical(
                    values: [
                        .list([.int(64), .int(32)]), .list([.int(128)]), .null, .real(1.5),
                        .list([.string("a"), .list([.bool(true), .int(2)])]),
                    ], probabilities: nil))
        #expect(try SweepFixture.domain("value: null") == .constant(.null))
        #expect(try SweepFixture.domain("value: [0.9, 0.999]") == .constant(.list([.real(0.9), .real(0.999)])))
        var fixture = SweepFixture()
        fixture.parameters = "parameters: {x: {values: [{a: 1}]}}"
        #expect(mistakes(fixture.text).first?.message.contains("a dictionary can not be one of the values") == true)
    }

    @Test func listsComeBackFromTheStore() throws {
        let configuration = Configuration([
            ("a", .list([.int(1), .list([.null, .string("x")])])), ("b", .null), ("c", .list([])),
        ])
        let text = WireCoding.encodeText(configuration)
        #expect(text == #"{"a":[1,[null,"x"]],"b":null,"c":[]}"#)
        #expect(try WireCoding.decode(Configuration.self, from: text) == configuration)
    }

    @Test func sigmaMayBeNought() throws {
        #expect(try SweepFixture.domain("distribution: normal, mu: 3, sigma: 0") == .constant(.real(3)))
        #expect(try SweepFixture.domain("distribution: q_normal, mu: 2.6, sigma: 0") == .constant(.int(3)))
        #expect(try SweepFixture.domain("distribution: log_normal, mu: 0, sigma: 0") == .constant(.real(1)))
    }

    @Test func keysOfTheSchema() throws {
        var fixture = SweepFixture()
        fixture.metric = "metric: {name: loss, impute: worst, impute_while_running: latest}"
        fixture.more = """
            apiVersion: v1
            kind: sweep
            command: [python3, "${program}", --deterministic, true, 7, "${args}", "echo ${HOME} ${x}"]
            early_terminate: {type: hyperband, max_iter: 81, min_iter: 2, s: 2, eta: 3.2}
            """
        let parsed = try good(fixture.text)
        #expect(
            parsed.spec.program
                == .command([
                    "python3", "train.py", "--deterministic", "True", "7", "${args}", "echo ${HOME} ${x}",
                ]))
        #expect(parsed.spec.steps.min == 9, "counted from the end, as W&B does where both are said")
        #expect(parsed.warnings.contains { $0.contains("3.2 is taken as 3") })
    }

    // MARK: Several documents

    @Test func aSecondDocumentAddsAndReplaces() throws {
        let parsed = try good(
            """
            ---
            program: train.py
            method: random
            metric: {name: loss}
            parameters:
              lr: {min: 0.1, max: 0.2}
              momentum: {value: 0.9}
            hypersched: {in: 6h, steps: {max: 5}, policy: {name: asha, eta: 3}}
            ---
            metric: {name: val_acc, goal: maximize}
            parameters: {lr: {values: [1, 2]}}
            ---
            hypersched: {deadline: 2026-12-01T08:00:00Z, steps: {unit: epoch}, policy: fifo}
            """)
        #expect(parsed.spec.metric == Metric(name: "val_acc", goal: .maximize))
        #expect(parsed.spec.parameters.map(\.name) == ["lr", "momentum"])
        #expect(parsed.spec.parameters[0].domain == .categorical(values: [.int(1), .int(2)], probabilities: nil))
        #expect(parsed.spec.steps == StepRange(unit: "epoch", min: 1, max: 5))
        #expect(parsed.spec.deadline == Timestamp(rfc3339: "2026-12-01T08:00:00Z"))
        #expect(parsed.spec.policy == .fifo)
    }

    @Test func mistakesNameTheirDocument() {
        let text = SweepFixture().text + "\n---\n# more\nhypersched:\n  steps: {max: 0}\n"
        #expect(mistakes(text).first?.message.hasPrefix("line 3 of part 2: ") == true)
        #expect(mistakes(SweepFixture().text + "\n---\n[1]")[0].message.hasPrefix("line 1 of part 2: a sweep file"))
        #expect(mistakes(SweepFixture().text + "\n---\na: [")[0].message.contains("of part 2: not YAML"))
    }

    @Test func whatAFileOfWandBLacksIsSaid() {
        let errors = mistakes("program: t.py\nmethod: random\nparameters: {lr: {min: 1, max: 2}}")
        #expect(errors.map(\.field) == ["metric", "hypersched"])
        #expect(errors[1].fix.contains("--deadline 6h --max-steps 30"))
    }
}
