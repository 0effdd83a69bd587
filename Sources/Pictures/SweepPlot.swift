import Foundation
public import HyperSchedProtocol

/// HyperSched's picture of one sweep: the trials' curves against time, and below them who held how many slots. The
/// trials that held most have a colour each, the same in both.
public struct SweepPlot {
    let picture: SweepPicture
    let title: String
    let subtitle: String
    /// How a trial is called in the legend.
    let name: (TrialID) -> String
    private static let shown = 10

    /// - Parameters:
    ///   - title: empty: the page around the picture says what it is.
    ///   - name: what the user calls the trial; by default its number.
    public init(
        _ picture: SweepPicture, title: String, subtitle: String = "",
        name: @escaping (TrialID) -> String = { "trial \($0)" }
    ) {
        self.picture = picture
        self.title = title
        self.subtitle = subtitle
        self.name = name
    }

    public var svg: String {
        let head = title.isEmpty && subtitle.isEmpty ? 0.0 : 70
        var canvas = SVGCanvas(width: 1200, height: 730 + head)
        canvas.label(title, 24, 34, attributes: "font-size=\"21\" font-weight=\"700\"")
        canvas.label(subtitle, 24, 57, attributes: "fill=\"\(PlotStyle.faint)\"")
        let time = PlotTime(upTo: picture.duration)
        let seconds = 0...(picture.duration * 1.012)
        let curves = PlotPanel(
            PlotFrame(left: 78, top: 30 + head, width: 890, height: 352), x: seconds, y: objectiveRange)
        let slots = PlotPanel(
            PlotFrame(left: 78, top: 422 + head, width: 890, height: 246), x: seconds,
            y: 0...Double(max(1, picture.slots)))
        curves.drawBackground(&canvas, title: picture.metric.name, time: nil, unit: time)
        slots.drawBackground(&canvas, title: "slots by trial", wholeY: true, time: time, unit: time)
        let coloured = picture.mostHeld(Self.shown)
        let colours = Dictionary(uniqueKeysWithValues: zip(coloured, PlotStyle.palette))
        SlotStack(picture, colours: colours, order: coloured, name: name).draw(&canvas, slots)
        drawCurves(&canvas, curves, coloured, colours)
        drawBest(&canvas, curves)
        for (panel, named) in [(curves, true), (slots, false)] {
            panel.drawDeadline(&canvas, at: picture.duration, named: named)
            if let now = picture.now, now < picture.duration {
                panel.drawMark(&canvas, at: now, named: named ? (picture.hasEnded ? "ended" : "now") : nil)
            }
        }
        drawLegend(&canvas, coloured, colours, top: 38 + head)
        return canvas.text
    }

    /// All but the worst few values, so that a bad start does not squeeze the rest.
    private var objectiveRange: ClosedRange<Double> {
        let values = picture.curves.flatMap { $0.attempts.joined().map(\.objective) }
        let scores = values.filter(\.isFinite).map(picture.metric.score(of:)).sorted()
        guard let high = scores.last else { return 0...1 }
        let low = scores[scores.count / 12]
        let margin = max(high - low, 1e-9) * 0.06
        let ends = [low - margin, high + margin].map(picture.metric.value(ofScore:)).sorted()
        return ends[0]...ends[1]
    }

    // MARK: Curves

    private func drawCurves(
        _ canvas: inout SVGCanvas, _ panel: PlotPanel, _ coloured: [TrialID], _ colours: [TrialID: String]
    ) {
        let frame = panel.frame
        canvas.add(
            "<clipPath id=\"curves\"><rect x=\"\(frame.left)\" y=\"\(frame.top)\" width=\"\(frame.width)\" "
                + "height=\"\(frame.height)\"/></clipPath>")
        let lines = Dictionary(uniqueKeysWithValues: picture.curves.map { ($0.trial, $0.attempts) })
        let others = lines.keys.filter { colours[$0] == nil }.sorted()
        canvas.group("clip-path=\"url(#curves)\"") { canvas in
            for trial in others {
                draw(lines[trial]!, &canvas, panel, colour: PlotStyle.line, width: 0.9, opacity: 0.75)
            }
            for trial in coloured.reversed() where lines[trial] != nil {
                draw(lines[trial]!, &canvas, panel, colour: colours[trial]!, width: 1.9, opacity: 1)
            }
        }
    }

    private func draw(
        _ attempts: [[SweepPicture.Point]], _ canvas: inout SVGCanvas, _ panel: PlotPanel, colour: String,
        width: Double, opacity: Double
    ) {
        let points = attempts.map { $0.filter(\.objective.isFinite).map { panel.point($0.seconds, $0.objective) } }
            .filter { !$0.isEmpty }
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
        guard let last = picture.improvements.last else { return }
        var points: [(x: Double, y: Double)] = []
        for improvement in picture.improvements {
            let next = panel.point(improvement.seconds, improvement.objective)
            if let before = points.last { points.append((next.x, before.y)) }
            points.append(next)
        }
        points.append(panel.point(min(picture.now ?? picture.duration, picture.duration), last.objective))
        canvas.path(points, stroke: PlotStyle.ink, width: 2.2)
        let end = panel.point(last.seconds, last.objective)
        canvas.dot(
            end.x, end.y, radius: 4.5, fill: PlotStyle.paper,
            attributes: "stroke=\"\(PlotStyle.ink)\" stroke-width=\"2\"")
    }

    // MARK: Legend

    private func drawLegend(
        _ canvas: inout SVGCanvas, _ coloured: [TrialID], _ colours: [TrialID: String], top: Double
    ) {
        var best: [TrialID: Double] = [:]
        for curve in picture.curves {
            let scores = curve.attempts.joined().map(\.objective).filter(\.isFinite).map(picture.metric.score(of:))
            best[curve.trial] = scores.max().map(picture.metric.value(ofScore:))
        }
        let (x, width) = (992.0, 184.0)
        var y = top
        canvas.line(x, y - 4, x + 22, y - 4, stroke: PlotStyle.ink, attributes: "stroke-width=\"2.4\"")
        canvas.label("best so far", x + 30, y)
        if let value = picture.improvements.last?.objective { number(value, x + width, y, &canvas) }
        y += 30
        canvas.label("most slot time, best value", x, y, attributes: "font-size=\"12\" fill=\"\(PlotStyle.faint)\"")
        for (rank, trial) in coloured.enumerated() {
            y += 23
            canvas.rect(
                PlotFrame(left: x, top: y - 10, width: 22, height: 11), fill: colours[trial]!, attributes: "rx=\"2\"")
            canvas.label(
                name(trial), x + 30, y,
                attributes: rank == 0 && !picture.improvements.isEmpty ? "font-weight=\"600\"" : "")
            if let value = best[trial] { number(value, x + width, y, &canvas) }
        }
        let others = picture.started - coloured.count
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
