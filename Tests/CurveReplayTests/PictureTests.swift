import CurveReplay
import Foundation
import FoundationXML
import Pictures
import Simulator
import Testing

/// What can be known of a picture without looking at it: it is XML, everything lies on the paper, all is in it.
@Suite struct PictureTests {
    private final class Picture: NSObject, XMLParserDelegate {
        var count: [String: Int] = [:]
        var text = ""
        var numbers: [Double] = []
        var size = (width: 0.0, height: 0.0)

        init(_ svg: String) throws {
            super.init()
            let parser = XMLParser(data: Data(svg.utf8))
            parser.delegate = self
            guard parser.parse() else { throw parser.parserError! }
        }

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String]
        ) {
            count[name, default: 0] += 1
            if name == "svg" {
                size = (Double(attributes["width"]!)!, Double(attributes["height"]!)!)
            }
            for key in ["x", "y", "x1", "x2", "y1", "y2", "cx", "cy"] {
                if let value = attributes[key].flatMap(Double.init) { numbers.append(value) }
            }
        }

        func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
    }

    private static func cells(_ count: Int) throws -> [ReplayCell] {
        let table = try CurveTable.named("power")
        return (1...count).map {
            ReplayCell(
                table: table, deadlineSeconds: table.fullSeconds, agents: [4], seed: UInt64($0), trials: 20,
                startupSeconds: 3)
        }
    }

    private func isOnPaper(_ picture: Picture) -> Bool {
        let edge = max(picture.size.width, picture.size.height)
        return picture.numbers.allSatisfy { $0.isFinite && (0...edge).contains($0) }
    }

    @Test func aSweepShowsItsTrialsAndSlots() throws {
        let cell = try Self.cells(1)[0]
        let setup = cell.setup(cell.pool)
        let outcome = try Contender.named("hypersched").run(setup)
        let plot = SweepPlot(outcome, setup, title: "a < b & c", subtitle: "sub") { "no. \($0)" }
        let picture = try Picture(plot.svg)
        #expect(picture.text.contains("a < b & c") && picture.text.contains("sub"))
        #expect(picture.text.contains("no. \(outcome.improvements.last!.trial)"))
        #expect(picture.count["path", default: 0] >= min(10, outcome.trialsStarted))
        #expect(picture.count["rect", default: 0] >= outcome.attempts.count)
        #expect(isOnPaper(picture))
    }

    @Test func aSweepWithoutAReportIsDrawnToo() throws {
        var cell = try Self.cells(1)[0]
        cell.deadlineSeconds = 1
        let setup = cell.setup(cell.pool)
        let outcome = try Contender.named("fifo").run(setup)
        #expect(outcome.best == nil)
        #expect(isOnPaper(try Picture(SweepPlot(outcome, setup, title: "none").svg)))
    }

    @Test func aComparisonHasALineForEach() throws {
        let run = ReplayRun(cells: try Self.cells(3), contenders: try Contender.list("asha,hypersched"))
        let picture = try Picture(ComparisonPlot(run.run(threads: 1), title: "t").svg)
        #expect(picture.text.contains("asha") && picture.text.contains("hypersched"))
        #expect(picture.text.contains("mean ± s.e. of 3"))
        #expect(isOnPaper(picture))
    }

    @Test func tablesHaveALineForEachRow() throws {
        let run = ReplayRun(cells: try Self.cells(2), contenders: try Contender.list("asha,fifo,random"))
        let lines = ReplayCSV.measurements(run.run(threads: 1)).split(separator: "\n")
        #expect(lines.count == 1 + 2 * 3)
        let columns = lines[0].split(separator: ",").count
        #expect(lines.allSatisfy { $0.split(separator: ",", omittingEmptySubsequences: false).count == columns })
    }
}
