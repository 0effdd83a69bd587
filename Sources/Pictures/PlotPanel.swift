import Foundation

/// A framed area with two axes.
package struct PlotPanel {
    package let frame: PlotFrame
    package let x: PlotAxis
    package let y: PlotAxis

    package init(_ frame: PlotFrame, x: ClosedRange<Double>, y: ClosedRange<Double>) {
        self.frame = frame
        self.x = PlotAxis(x, from: frame.left, to: frame.right)
        self.y = PlotAxis(y, from: frame.bottom, to: frame.top)
    }

    package func point(_ x: Double, _ y: Double) -> (x: Double, y: Double) { (self.x.pixel(x), self.y.pixel(y)) }

    /// Paper, grid lines and the numbers beside them.
    /// - Parameter time: the unit of the x axis; nil: no numbers below.
    package func drawBackground(
        _ canvas: inout SVGCanvas, title: String, wholeY: Bool = false, time: PlotTime?, unit: PlotTime
    ) {
        canvas.rect(frame, fill: PlotStyle.panel)
        let ys = y.ticks(6, whole: wholeY)
        let step = ys.count > 1 ? ys[1] - ys[0] : 1
        for value in ys {
            let at = y.pixel(value)
            canvas.line(frame.left, at, frame.right, at, stroke: PlotStyle.grid)
            canvas.label(
                PlotAxis.text(value, step: step), frame.left - 8, at + 4,
                attributes: "text-anchor=\"end\" font-size=\"12\" fill=\"\(PlotStyle.faint)\"")
        }
        let scaled = PlotAxis(
            x.range.lowerBound / unit.seconds...x.range.upperBound / unit.seconds, from: frame.left, to: frame.right)
        let xs = scaled.ticks(10)
        let xStep = xs.count > 1 ? xs[1] - xs[0] : 1
        for value in xs {
            let at = scaled.pixel(value)
            canvas.line(at, frame.top, at, frame.bottom, stroke: PlotStyle.grid)
            guard time != nil else { continue }
            canvas.label(
                PlotAxis.text(value, step: xStep), at, frame.bottom + 18,
                attributes: "text-anchor=\"middle\" font-size=\"12\" fill=\"\(PlotStyle.faint)\"")
        }
        if let time {
            canvas.label(
                time.unit + " from the start", (frame.left + frame.right) / 2, frame.bottom + 38,
                attributes: "text-anchor=\"middle\" fill=\"\(PlotStyle.faint)\"")
        }
        canvas.label(title, frame.left, frame.top - 9, attributes: "font-weight=\"600\"")
    }

    /// Paper, grid lines and numbers of an axis that is not time.
    package func drawBackground(_ canvas: inout SVGCanvas, title: String, below: String) {
        drawBackground(&canvas, title: title, time: nil, unit: PlotTime(upTo: 1))
        let ticks = x.ticks(10, whole: true)
        let step = ticks.count > 1 ? ticks[1] - ticks[0] : 1
        for value in ticks {
            canvas.label(
                PlotAxis.text(value, step: step), x.pixel(value), frame.bottom + 18,
                attributes: "text-anchor=\"middle\" font-size=\"12\" fill=\"\(PlotStyle.faint)\"")
        }
        canvas.label(
            below, (frame.left + frame.right) / 2, frame.bottom + 38,
            attributes: "text-anchor=\"middle\" fill=\"\(PlotStyle.faint)\"")
    }

    package func drawDeadline(_ canvas: inout SVGCanvas, at seconds: Double, named: Bool) {
        let at = x.pixel(seconds)
        canvas.line(
            at, frame.top, at, frame.bottom, stroke: PlotStyle.deadline,
            attributes: "stroke-width=\"1.5\" stroke-dasharray=\"5 4\"")
        guard named else { return }
        canvas.label(
            "deadline", at, frame.top - 9,
            attributes: "text-anchor=\"middle\" font-size=\"12\" fill=\"\(PlotStyle.deadline)\"")
    }

    package func drawMark(_ canvas: inout SVGCanvas, at seconds: Double, named name: String?) {
        let at = x.pixel(seconds)
        canvas.line(at, frame.top, at, frame.bottom, stroke: PlotStyle.faint, attributes: "stroke-width=\"1\"")
        guard let name else { return }
        canvas.label(
            name, at, frame.top - 9,
            attributes: "text-anchor=\"middle\" font-size=\"12\" fill=\"\(PlotStyle.faint)\"")
    }
}
