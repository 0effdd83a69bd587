import Foundation
public import HyperSchedProtocol
public import Simulator

/// HyperSched's picture of one sweep: the trials' curves against time, and below them who held how many slots. The
/// trials that held most have a colour each, the same in both.
public struct SweepPlot {
    let outcome: SimulationOutcome
    let setup: SimulationSetup
    let title: String
    let subtitle: String
    /// How a trial is called in the legend.
    let name: (TrialID) -> String
    private static let shown = 10

    /// - Parameter name: what the user calls the trial; by default its number.
    public init(
        _ outcome: SimulationOutcome, _ setup: SimulationSetup, title: String, subtitle: String = "",
        name: @escaping (TrialID) -> String = { "trial \($0)" }
    ) {
        self.outcome = outcome
        self.setup = setup
        self.title = title
        self.subtitle = subtitle
        self.name = name
    }

    public var svg: String {
        var canvas = SVGCanvas(width: 1200, height: 800)
        canvas.label(title, 24, 34, attributes: "font-size=\"21\" font-weight=\"700\"")
        canvas.label(subtitle, 24, 57, attributes: "fill=\"\(PlotStyle.faint)\"")
        let time = PlotTime(upTo: setup.duration)
        let seconds = 0...(setup.duration * 1.012)
        let curves = PlotPanel(
            PlotFrame(left: 78, top: 100, width: 890, height: 352), x: seconds, y: objectiveRange)
        let slots = PlotPanel(
            PlotFrame(left: 78, top: 492, width: 890, height: 246), x: seconds, y: 0...Double(max(1, setup.slots)))
        curves.drawBackground(&canvas, title: setup.spec.metric.name, time: nil, unit: time)
        slots.drawBackground(&canvas, title: "slots by trial", wholeY: true, time: time, unit: time)
        let colours = self.colours
        SlotStack(outcome, setup, colours: colours, order: coloured).draw(&canvas, slots)
        drawCurves(&canvas, curves, colours)
        drawBest(&canvas, curves)
        curves.drawDeadline(&canvas, at: setup.duration, named: true)
        slots.drawDeadline(&canvas, at: setup.duration, named: false)
        drawLegend(&canvas, colours)
        return canvas.text
    }

    // MARK: Which trials

    /// The winner, then those that held most slot-seconds.
    private var coloured: [TrialID] {
        var held: [TrialID: Double] = [:]
        for attempt in outcome.attempts {
            held[attempt.attempt.trial, default: 0] +=
                attempt.endedAt!.seconds(since: attempt.startedAt) * Double(attempt.slots.count)
        }
        let winner = outcome.improvements.last?.trial
        let most = held.keys.filter { $0 != winner }.sorted { (held[$0]!, $1) > (held[$1]!, $0) }
        return Array(((winner.map { [$0] } ?? []) + most).prefix(Self.shown))
    }

    private var colours: [TrialID: String] {
        Dictionary(uniqueKeysWithValues: zip(coloured, PlotStyle.palette))
    }

    /// All but the worst few values, so that a bad start does not squeeze the rest.
    private var objectiveRange: ClosedRange<Double> {
        let scores = outcome.points.map(\.objective).filter(\.isFinite).map(setup.spec.metric.score(of:)).sorted()
        guard let high = scores.last else { return 0...1 }
        let low = scores[scores.count / 12]
        let margin = max(high - low, 1e-9) * 0.06
        let ends = [low - margin, high + margin].map(setup.spec.metric.value(ofScore:)).sorted()
        return ends[0]...ends[1]
    }

    // MARK: Curves

    private func drawCurves(_ canvas: inout SVGCanvas, _ panel: PlotPanel, _ colours: [TrialID: String]) {
        let frame = panel.frame
        canvas.add(
            "<clipPath id=\"curves\"><rect x=\"\(frame.left)\" y=\"\(frame.top)\" width=\"\(frame.width)\" "
                + "height=\"\(frame.height)\"/></clipPath>")
        let lines = self.lines
        let others = lines.keys.filter { colours[$0] == nil }.sorted()
        canvas.group("clip-path=\"url(#curves)\"") { canvas in
            for trial in others { draw(lines[trial]!, &canvas, panel, colour: "#b4bdc7", width: 0.9, opacity: 0.75) }
            for trial in coloured.reversed() where lines[trial] != nil {
                draw(lines[trial]!, &canvas, panel, colour: colours[trial]!, width: 1.9, opacity: 1)
            }
        }
    }

    /// Per trial the points of each of its attempts.
    private var lines: [TrialID: [[SimulationOutcome.Point]]] {
        var starts: [TrialID: [Double]] = [:]
        for attempt in outcome.attempts {
            starts[attempt.attempt.trial, default: []].append(attempt.startedAt.seconds(since: setup.start))
        }
        var lines: [TrialID: [[SimulationOutcome.Point]]] = [:]
        var last: [TrialID: Int] = [:]
        for point in outcome.points where point.objective.isFinite {
            let attempt = (starts[point.trial] ?? []).count { $0 < point.seconds }
            if last[point.trial] != attempt { lines[point.trial, default: []].append([]) }
            last[point.trial] = attempt
            lines[point.trial]![lines[point.trial]!.count - 1].append(point)
        }
        return lines
    }

    private func draw(
        _ attempts: [[SimulationOutcome.Point]], _ canvas: inout SVGCanvas, _ panel: PlotPanel, colour: String,
        width: Double, opacity: Double
    ) {
        let points = attempts.map { $0.map { panel.point($0.seconds, $0.objective) } }
        for (before, after) in zip(points, points.dropFirst()) {
            canvas.path(
                [before.last!, after.first!], stroke: colour, width: width * 0.6,
                attributes: "stroke-dasharray=\"1.5 3\" stroke-opacity=\"\(opacity * 0.8)\"")
        }
        for line in points {
            canvas.path(line, stroke: colour, width: width, attributes: "stroke-opacity=\"\(opacity)\"")
            if line.count == 1 { canvas.dot(line[0].x, line[0].y, radius: width * 0.9, fill: colour) }
        }
    }

    private func drawBest(_ canvas: inout SVGCanvas, _ panel: PlotPanel) {
        guard let last = outcome.improvements.last else { return }
        var points: [(x: Double, y: Double)] = []
        for improvement in outcome.improvements {
            let next = panel.point(improvement.seconds, improvement.objective)
            if let before = points.last { points.append((next.x, before.y)) }
            points.append(next)
        }
        points.append(panel.point(setup.duration, last.objective))
        canvas.path(points, stroke: PlotStyle.ink, width: 2.2)
        let end = panel.point(last.seconds, last.objective)
        canvas.dot(
            end.x, end.y, radius: 4.5, fill: "#ffffff", attributes: "stroke=\"\(PlotStyle.ink)\" stroke-width=\"2\"")
    }

    // MARK: Legend

    private func drawLegend(_ canvas: inout SVGCanvas, _ colours: [TrialID: String]) {
        var best: [TrialID: Double] = [:]
        for point in outcome.points where point.objective.isFinite {
            let metric = setup.spec.metric
            if best[point.trial].map({ metric.score(of: point.objective) > metric.score(of: $0) }) ?? true {
                best[point.trial] = point.objective
            }
        }
        let (x, width) = (992.0, 184.0)
        var y = 108.0
        canvas.line(x, y - 4, x + 22, y - 4, stroke: PlotStyle.ink, attributes: "stroke-width=\"2.4\"")
        canvas.label("best so far", x + 30, y)
        if let value = outcome.best { number(value, x + width, y, &canvas) }
        y += 30
        canvas.label("most slot time, best value", x, y, attributes: "font-size=\"12\" fill=\"\(PlotStyle.faint)\"")
        for (rank, trial) in coloured.enumerated() {
            y += 23
            canvas.rect(
                PlotFrame(left: x, top: y - 10, width: 22, height: 11), fill: colours[trial]!, attributes: "rx=\"2\"")
            canvas.label(
                name(trial), x + 30, y,
                attributes: rank == 0 && outcome.best != nil ? "font-weight=\"600\"" : "")
            if let value = best[trial] { number(value, x + width, y, &canvas) }
        }
        let others = outcome.trialsStarted - coloured.count
        guard others > 0 else { return }
        y += 23
        canvas.rect(
            PlotFrame(left: x, top: y - 10, width: 22, height: 11), fill: PlotStyle.others[0], attributes: "rx=\"2\"")
        canvas.label("\(others) other trial\(others == 1 ? "" : "s")", x + 30, y)
    }

    private func number(_ value: Double, _ x: Double, _ y: Double, _ canvas: inout SVGCanvas) {
        canvas.label(
            String(format: "%.4g", value), x, y,
            attributes: "text-anchor=\"end\" font-variant-numeric=\"tabular-nums\" fill=\"\(PlotStyle.faint)\"")
    }
}
