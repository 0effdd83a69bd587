import HyperSchedProtocol
import Testing

@testable import WorkerAgent

@Suite struct ReportPatternLineTests {
    private func reports(_ patterns: [String], _ lines: String...) -> [String] {
        var parser = ReportLineParser(metricName: "acc", lastStep: 0, patterns: patterns)
        return lines.map { line in
            guard case .report(let report) = parser.parse(Array(line.utf8)) else { return "-" }
            let metrics = report.metrics.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.number)" }
            return ([report.step.description] + metrics + (report.isPartial ? ["partial"] : [])).joined(separator: " ")
        }
    }

    @Test func katibsLines() {
        #expect(
            reports(
                ["katib"], "epoch 1:", "loss=0.5", "info: acc = 0.25", "loss=0.25 acc=0.5", "x", "step=9 acc=1", "lr=")
                == ["-", "1 loss=0.5 partial", "1 acc=0.25", "2 acc=0.5 loss=0.25", "-", "9 acc=1.0", "-"])
    }

    @Test func jsonLines() {
        #expect(
            reports(
                ["json"], #"{"epoch": 1, "acc": "0.25", "timestamp": "2024-01-01T00:00:00Z"}"#, #"{"loss": "1"}"#,
                #"{"step": 7, "acc": NaN}"#, "acc=1", #"{"msg": "hello"}"#)
                == ["1 acc=0.25 epoch=1.0", "2 loss=1.0 partial", "7 acc=nan", "-", "-"])
    }

    /// Syne Tune's form and our own marks are read whatever the patterns are; the simple form is not.
    @Test func marksAndOrder() {
        let patterns = [#"E(?<step>\d+) (?<acc>\S+)"#, "katib"]
        #expect(
            reports(patterns, #"[tune-metric]: {"acc": 1}"#, "E5 0.5 loss=1", "E6 bad loss=1", "acc=2")
                == ["1 acc=1.0", "5 acc=0.5", "6 loss=1.0 partial", "6 acc=2.0"])
        #expect(reports([#"A (?<acc>\S+)"#], "acc=2", "A 3") == ["-", "1 acc=3.0"])
        #expect(reports(["katib"], String(repeating: "x", count: 5000) + " acc=1") == ["-"])
    }
}

@Suite struct ReportLineParserTests {
    private func parse(_ line: String, lastStep: Int = 0) -> ReportLineParser.Meaning {
        var parser = ReportLineParser(metricName: "acc", lastStep: lastStep)
        return parser.parse(Array(line.utf8))
    }

    private static func report(
        _ step: Int, _ metrics: [String: MetricValue], checkpoint: String? = nil, setup: Double? = nil
    ) -> ReportLineParser.Meaning {
        .report(.init(step: step, metrics: metrics, checkpoint: checkpoint, setupSeconds: setup))
    }

    @Test(arguments: [
        (
            #"[tune-metric]: {"step": 3, "acc": 0.8712, "train_loss": 0.41, "checkpoint": "step-000003"}"#,
            report(3, ["acc": 0.8712, "train_loss": 0.41], checkpoint: "step-000003")
        ),
        (#"[tune-metric]: {"acc": 1, "setup_time_s": 2.5}"#, report(1, ["acc": 1.0], setup: 2.5)),
        (#"  [tune-metric]:{"acc":1}  "# + "\r", report(1, ["acc": 1.0])),
        (
            #"[tune-metric]: {"acc": NaN, "b": -Infinity, "c": Infinity, "step": 2.0}"#,
            report(2, ["acc": MetricValue(.nan), "b": MetricValue(-.infinity), "c": MetricValue(.infinity)])
        ),
        (
            #"[tune-metric]: {"acc": "NaN", "b": "-Infinity"}"#,
            report(1, ["acc": MetricValue(.nan), "b": MetricValue(-.infinity)])
        ),
        (
            #"[tune-metric]: {"acc": 1e-3, "note": "hi", "ok": true, "x": null, "l": [1, {"a": []}], "o": {"p": 1}}"#,
            report(1, ["acc": 0.001])
        ),
        (#"[tune-metric]: {"a\u00e9\n\ud83d\ude00": 1}"#, report(1, ["aé\n😀": 1.0])),
        (#"[tune-metric]: {"acc": 1, "acc": 2}"#, report(1, ["acc": 2.0])),
        (#"[tune-metric]: {"step": 4, "checkpoint": "c"}"#, .checkpoint(name: "c", step: 4)),
        (
            #"[hypersched]: {"checkpoint": "step-000003-000120", "step": 3}"#,
            .checkpoint(name: "step-000003-000120", step: 3)
        ),
        (#"[hypersched]: {"checkpoint": "c"}"#, .checkpoint(name: "c", step: 0)),
        ("acc=0.87", report(1, ["acc": 0.87])),
        ("acc=0.87, val/loss=1e-2 lr=-3", report(1, ["acc": 0.87, "val/loss": 0.01, "lr": -3.0])),
        ("step=7 acc=nan name=x", report(7, ["acc": MetricValue(.nan)])),
    ]) func reports(_ line: String, _ meaning: ReportLineParser.Meaning) {
        #expect(parse(line) == meaning)
    }

    @Test(arguments: [
        "", "hello", "epoch 3: acc=0.5", "acc=", "acc=high", "=3", "a b=3", "3=3", "lr=0.1 (default)", "acc = 0.5",
        "acc=0x10", "acc=1_000", "[tune-metric]:", "[tune-metric]: 3", "[tune-metric]: {}", "[tune-metric]: [1]",
        #"[tune-metric]: {"acc": 1"#, #"[tune-metric]: {"acc": 1} x"#, #"[tune-metric]: {"acc": 1,}"#,
        #"[tune-metric]: {"acc": 0.5, "step": -1}"#, #"[tune-metric]: {"acc": 0.5, "step": 1.5}"#,
        #"[tune-metric]: {"acc": 0.5, "step": 1e300}"#, #"[tune-metric]: {"acc": 0.5, "step": "x"}"#,
        #"[tune-metric]: {"acc": "0.5"}"#, #"[tune-metric]: {"": 1}"#, #"[hypersched]: {"step": 1}"#,
        #"[hypersched]: {"checkpoint": 3}"#, #"x [tune-metric]: {"acc": 1}"#,
    ]) func text(_ line: String) {
        #expect(parse(line) == .text)
    }

    @Test func stepsCountOn() {
        var parser = ReportLineParser(metricName: "acc", lastStep: 10)
        #expect(parser.parse(Array("acc=1".utf8)) == Self.report(11, ["acc": 1.0]))
        #expect(parser.parse(Array("words".utf8)) == .text)
        #expect(parser.parse(Array("step=20 acc=1".utf8)) == Self.report(20, ["acc": 1.0]))
        #expect(parser.parse(Array("acc=1".utf8)) == Self.report(21, ["acc": 1.0]))
    }

    @Test func tooMuch() throws {
        let long = String(repeating: "n", count: TrialReport.maximumNameLength + 1)
        #expect(parse("\(long)=1") == .text)
        let many = (0..<400).map { "m\($0)=1" }.joined(separator: " ") + " zzz=1"
        var parser = ReportLineParser(metricName: "zzz")
        guard case .report(let report) = parser.parse(Array(many.utf8)) else {
            Issue.record("no report")
            return
        }
        #expect(report.metrics.count == TrialReport.maximumMetrics)
        #expect(report.metrics["zzz"] == 1.0)
        #expect(parse("acc=1" + String(repeating: " ", count: ReportLineParser.maximumLineLength)) == .text)
        let deep = String(repeating: "[", count: 30_000)
        #expect(parse("[tune-metric]: {\"a\": \(deep)") == .text)
    }

    /// Whatever comes, nothing breaks, and what comes out keeps the limits of the protocol.
    @Test(arguments: 0..<8) func fuzz(_ seed: UInt64) {
        let seeds = [
            #"[tune-metric]: {"step": 3, "acc": 0.8712, "train_loss": NaN, "checkpoint": "step-000003"}"#,
            #"[hypersched]: {"checkpoint": "step-000003-000120", "step": 3}"#, "acc=0.87 loss=1e-4",
            #"[tune-metric]: {"a": [1, {"b": "\ud83d\ude00"}], "acc": "-Infinity"}"#,
        ].map { Array($0.utf8) }
        var mutator = Mutator(seed: seed)
        for _ in 0..<4000 {
            let line = mutator.mutated(seeds)
            var parser = ReportLineParser(metricName: "acc")
            switch parser.parse(line) {
            case .text: break
            case .checkpoint(_, let step): #expect((0...ReportLineParser.maximumStep).contains(step))
            case .report(let report):
                #expect(!report.metrics.isEmpty && report.metrics.count <= TrialReport.maximumMetrics)
                #expect(report.metrics.keys.allSatisfy { $0.utf8.count <= TrialReport.maximumNameLength })
                #expect((0...ReportLineParser.maximumStep).contains(report.step))
                // It survives the wire.
                let encoded = WireCoding.encode(report.metrics)
                #expect((try? WireCoding.decode([String: MetricValue].self, from: encoded)) == report.metrics)
            }
        }
    }

    @Test(arguments: 0..<8) func piecesOfAStreamGiveTheSameLines(_ seed: UInt64) {
        var mutator = Mutator(seed: seed)
        let bytes = (0..<5000).map { _ in mutator.below(12) == 0 ? UInt8(0x0A) : UInt8(mutator.below(256)) }
        var whole = LineSplitter(maximumLength: 20)
        var expected = whole.add(bytes)
        whole.finish().map { expected.append($0) }
        var pieces = LineSplitter(maximumLength: 20)
        var lines: [LineSplitter.Line] = []
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + mutator.below(40))
            lines += pieces.add(bytes[start..<end])
            start = end
        }
        pieces.finish().map { lines.append($0) }
        #expect(lines == expected)
        #expect(lines.last?.end == Int64(bytes.count))
        #expect(lines.allSatisfy { $0.bytes.count <= 20 })
    }
}

/// Changes bytes in ways that parsers do not like; the same seed gives the same changes.
struct Mutator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func below(_ bound: Int) -> Int {
        // xorshift64*
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return Int((state &* 0x2545_F491_4F6C_DD1D) >> 33) % bound
    }

    mutating func mutated(_ seeds: [[UInt8]]) -> [UInt8] {
        var bytes = seeds[below(seeds.count)]
        for _ in 0...below(6) {
            let place = bytes.isEmpty ? 0 : below(bytes.count)
            switch below(5) {
            case 0 where !bytes.isEmpty: bytes[place] = UInt8(below(256))
            case 1 where !bytes.isEmpty: bytes.remove(at: place)
            case 2: bytes.insert(Array(#"{}[]",:\=e-+.0"#.utf8)[below(14)], at: place)
            case 3: bytes += bytes.prefix(place)
            default: bytes = Array(bytes.prefix(place)) + seeds[below(seeds.count)].dropFirst(below(20))
            }
        }
        return bytes
    }
}
