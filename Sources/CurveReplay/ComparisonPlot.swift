import Foundation
import HyperSchedProtocol
import Pictures
import Simulator

/// Best objective so far against time, mean over seeds with its standard error, one line per contender.
public struct ComparisonPlot {
    let results: ReplayResults
    let title: String
    let subtitle: String
    private static let samples = 240

    /// - Parameter results: of cells that differ only by seed.
    public init(_ results: ReplayResults, title: String, subtitle: String = "") {
        self.results = results
        self.title = title
        self.subtitle = subtitle
    }

    private struct Line {
        let name: String
        let points: [(seconds: Double, mean: Double, error: Double)]
    }

    public var svg: String {
        var canvas = SVGCanvas(width: 1200, height: 600)
        canvas.label(title, 24, 34, attributes: "font-size=\"21\" font-weight=\"700\"")
        canvas.label(subtitle, 24, 57, attributes: "fill=\"\(PlotStyle.faint)\"")
        let cell = results.cells[0]
        let time = PlotTime(upTo: cell.deadlineSeconds)
        let lines = self.lines
        let panel = PlotPanel(
            PlotFrame(left: 78, top: 100, width: 850, height: 436), x: 0...(cell.deadlineSeconds * 1.012),
            y: range(lines))
        panel.drawBackground(&canvas, title: "best \(cell.metricName) so far", time: time, unit: time)
        let frame = panel.frame
        canvas.add(
            "<clipPath id=\"panel\"><rect x=\"\(frame.left)\" y=\"\(frame.top)\" width=\"\(frame.width)\" "
                + "height=\"\(frame.height)\"/></clipPath>")
        canvas.group("clip-path=\"url(#panel)\"") { canvas in
            for (index, line) in lines.enumerated() { draw(line, colour(index), &canvas, panel) }
        }
        panel.drawDeadline(&canvas, at: cell.deadlineSeconds, named: true)
        drawLegend(lines, &canvas)
        return canvas.text
    }

    private func colour(_ index: Int) -> String { PlotStyle.palette[index % PlotStyle.palette.count] }

    private var lines: [Line] {
        let end = results.cells[0].deadlineSeconds
        return results.contenders.indices.map { contender in
            let points = (0...Self.samples).compactMap { sample -> (seconds: Double, mean: Double, error: Double)? in
                let now = end * Double(sample) / Double(Self.samples)
                let values = results.rows.compactMap { $0[contender].course.last { $0.seconds <= now }?.objective }
                // Before every sweep has a value a mean would be one of the lucky ones.
                guard values.count == results.rows.count else { return nil }
                let n = Double(values.count)
                let mean = values.reduce(0, +) / n
                let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(1, n - 1)
                return (now, mean, (variance / n).squareRoot())
            }
            return Line(name: results.contenders[contender], points: points)
        }
    }

    /// From where the worst contender is after an eighth of the time.
    private func range(_ lines: [Line]) -> ClosedRange<Double> {
        let metric = Metric(name: "", goal: results.cells[0].table.goal)
        let end = results.cells[0].deadlineSeconds
        let scores = lines.flatMap { line in
            line.points.filter { $0.seconds >= end / 8 }.map { metric.score(of: $0.mean) }
        }
        let tops = lines.flatMap(\.points).map { metric.score(of: $0.mean) }
        guard let low = scores.min() ?? tops.min(), let high = tops.max() else { return 0...1 }
        let margin = max(high - low, 1e-9) * 0.08
        let ends = [low - margin, high + margin].map(metric.value(ofScore:)).sorted()
        return ends[0]...ends[1]
    }

    private func draw(_ line: Line, _ colour: String, _ canvas: inout SVGCanvas, _ panel: PlotPanel) {
        let up = line.points.map { panel.point($0.seconds, $0.mean + $0.error) }
        let down = line.points.reversed().map { panel.point($0.seconds, $0.mean - $0.error) }
        canvas.area(up + down, fill: colour, opacity: 0.13)
        canvas.path(line.points.map { panel.point($0.seconds, $0.mean) }, stroke: colour, width: 2.2)
    }

    private func drawLegend(_ lines: [Line], _ canvas: inout SVGCanvas) {
        let metric = Metric(name: "", goal: results.cells[0].table.goal)
        let order = lines.indices.sorted { a, b in
            let (x, y) = (lines[a].points.last?.mean, lines[b].points.last?.mean)
            let (p, q) = (x.map(metric.score(of:)) ?? -.infinity, y.map(metric.score(of:)) ?? -.infinity)
            return p == q ? a < b : p > q
        }
        let (x, width) = (952.0, 224.0)
        var y = 108.0
        let sweeps = results.rows.count
        canvas.label(
            "at the deadline, mean \(sweeps > 1 ? "± s.e. " : "")of \(sweeps)", x, y,
            attributes: "font-size=\"12\" fill=\"\(PlotStyle.faint)\"")
        for index in order {
            y += 25
            canvas.line(x, y - 4, x + 22, y - 4, stroke: colour(index), attributes: "stroke-width=\"3\"")
            canvas.label(String(lines[index].name.prefix(20)), x + 30, y)
            guard let last = lines[index].points.last else { continue }
            let error = sweeps > 1 ? String(format: " ± %.2g", last.error) : ""
            canvas.label(
                String(format: "%.4g", last.mean) + error, x + width, y,
                attributes: "text-anchor=\"end\" font-size=\"12\" fill=\"\(PlotStyle.faint)\"")
        }
    }
}
