import HyperSchedProtocol
import Testing

@testable import TerminalView

@Suite struct PieceTests {
    @Test func curves() {
        let line = Sparkline(lastStep: 8, bottom: 0, top: 1)
        #expect(line.text([], width: 4) == "    ")
        #expect(line.text([(1, 0), (2, 0.5), (8, 1)], width: 8) == "▁▅     █")
        #expect(line.text([(1, 0), (2, 1)], width: 4) == "█   ")
        #expect(line.text([(4, .nan)], width: 8) == "   ×    ")
        #expect(line.text([(99, 2), (0, 1)], width: 8) == "       █")
        #expect(Sparkline(lastStep: 2, bottom: 0, top: 1).text([(1, 0), (2, 1)], width: 6) == "▁▁▁███")
        #expect(Sparkline(lastStep: 3, bottom: 1, top: 1).text([(1, 1)], width: 3) == "▄  ")
        #expect(line.text([(1, 0)], width: 0) == "")
    }

    @Test func slotsAgainstTime() {
        let sweep = SampleSweep.summary()
        #expect(
            plain(SlotPicture(sweep: sweep, attempts: SampleSweep.attempts).lines(width: 72)) == """
                slots per trial against time; one column is 10 s
                trial 1   |111111111111................................................|
                trial 2   |111111......................................................|
                trial 3   |......111111144444444444444444..............................|
                trial 4   |....................c.......................................|
                          ++--------------+--------------+--------------+-------------D+
                           0s             150s           300s           450s
                           deadline at 600s (D)
                """)
        let few = SlotPicture(sweep: sweep, attempts: SampleSweep.attempts).lines(width: 72, height: 1)
        #expect(plain(few).contains("\n… 3 more trials\n"))
        #expect(plain(SlotPicture(sweep: sweep, attempts: []).lines(width: 72)) == "no trial has started yet")
    }

    @Test func aSweepThatEndedEarlyIsDrawnToItsEnd() {
        let sweep = SampleSweep.summary(
            state: .finished, timeLeft: 100, endedAt: SampleSweep.start.advanced(bySeconds: 60))
        let attempts = [SampleSweep.attempt(1, 1, slots: 2, from: 0, to: 60)]
        #expect(
            plain(SlotPicture(sweep: sweep, attempts: attempts).lines(width: 42)) == """
                slots per trial against time; one column is 2 s
                trial 1   |222222222222222222222222222222|
                          ++--------------+--------------+
                           0s             30s
                           deadline at 600s, later than shown
                """)
    }

    @Test func textsCanNotSteerTheTerminal() {
        #expect(CellText.clean("a\u{1B}[2Jb\nc\u{9B}d\u{202E}e") == "a [2Jb c d e")
        let line = StyledLine("x\u{1B}[31m", .bad)
        #expect(line.text(colours: true) == "\u{1B}[31mx [31m\u{1B}[0m")
        #expect(line.text(colours: false) == "x [31m")
    }

    @Test func widthsAreThoseOfTerminals() {
        #expect(CellText.width("日本a") == 5)
        #expect(CellText.clip("日本語", to: 4) == "日…")
        #expect(CellText.pad("é", to: 3) == "é  ")
        #expect(CellText.pad("12", to: 4, right: true) == "  12")
    }

    @Test func numbersAndTimes() {
        #expect(ValueText.number(0.123456789) == "0.12346")
        #expect(ValueText.number(1e-7) == "1e-07")
        #expect(ValueText.number(.nan) == "NaN")
        #expect(ValueText.number(-.infinity) == "-Inf")
        #expect(ValueText.duration(59.9) == "0:59")
        #expect(ValueText.duration(3723) == "1:02:03")
        #expect(ValueText.duration(-90) == "-1:30")
        #expect(ValueText.duration(183_845) == "2d 03:04")
        #expect(ValueText.bytes(1023) == "1023 B")
        #expect(ValueText.bytes(1_572_864) == "1.5 MiB")
    }

    @Test func aSweepIsJudged() {
        var good = SampleSweep.summary(state: .deadlineReached)
        good.spec.metric.target = 0.9
        #expect(good.verdict == .good)
        #expect(SampleSweep.summary().verdict == .notEnded)
        #expect(
            SampleSweep.summary(state: .finished).verdict
                == .bad("the target of val_soft_accuracy was not reached: 0.91235 instead of 0.95"))
        #expect(
            SampleSweep.summary(state: .deadlineReached, best: nil).verdict
                == .bad("no trial reported val_soft_accuracy in time"))
        #expect(SampleSweep.summary(state: .failed).verdict == .bad("the sweep failed"))
        good.spec.metric = Metric(name: "loss", goal: .minimize, target: 0.95)
        #expect(good.verdict == .good)
    }
}
