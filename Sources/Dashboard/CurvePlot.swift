import HyperSchedProtocol
import Pictures

/// One metric of one trial against its steps, a line for each attempt.
struct CurvePlot {
    let points: [CurvePoint]
    let metric: String
    let unit: String
    let slots: [Int: Int]

    init(_ points: [CurvePoint], of metric: String, unit: String, attempts: [AttemptRecord]) {
        self.points = points.filter { $0.metrics[metric] != nil }
        self.metric = metric
        self.unit = unit
        slots = Dictionary(attempts.map { ($0.attempt.number, $0.slots.count) }, uniquingKeysWith: { $1 })
    }

    var svg: String {
        var canvas = SVGCanvas(width: 1200, height: 420)
        let finite = points.compactMap { point in point.metrics[metric]?.number }.filter(\.isFinite)
        guard let low = finite.min(), let high = finite.max() else {
            canvas.label("no \(metric) has been reported", 24, 40, attributes: "fill=\"\(PlotStyle.faint)\"")
            return canvas.text
        }
        let margin = max((high - low) * 0.06, 1e-9)
        let panel = PlotPanel(
            PlotFrame(left: 90, top: 30, width: 1060, height: 330), x: 0...Double(points.map(\.step).max() ?? 1),
            y: low - margin...high + margin)
        panel.drawBackground(&canvas, title: metric, below: unit)
        let attempts = Set(points.map(\.attempt)).sorted()
        for (index, attempt) in attempts.enumerated() { draw(attempt, PlotStyle.palette[index % 10], &canvas, panel) }
        return canvas.text
    }

    private func draw(_ attempt: Int, _ colour: String, _ canvas: inout SVGCanvas, _ panel: PlotPanel) {
        let mine = points.filter { $0.attempt == attempt }
        let places = mine.compactMap { point -> (x: Double, y: Double)? in
            guard let value = point.metrics[metric]?.number, value.isFinite else { return nil }
            return panel.point(Double(point.step), value)
        }
        canvas.path(places, stroke: colour, width: 2)
        for (point, place) in zip(mine, places) {
            canvas.dot(place.x, place.y, radius: places.count > 200 ? 1 : 3, fill: colour, attributes: opacity(point))
        }
        // More names than these would lie on top of each other; the table below has them all.
        guard slots.count <= 4, let last = places.last else { return }
        let held = slots[attempt].map { " on \($0) slot\($0 == 1 ? "" : "s")" } ?? ""
        canvas.label(
            "attempt \(attempt)\(held)", min(last.x + 6, 1060), last.y - 8,
            attributes: "font-size=\"12\" fill=\"\(colour)\"")
    }

    /// Reports without effect on the ranking are faint.
    private func opacity(_ point: CurvePoint) -> String {
        point.stale || point.late ? "fill-opacity=\"0.3\"" : ""
    }
}
