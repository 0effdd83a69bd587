import Foundation

/// An SVG picture in the making. Coordinates in pixels, y downwards.
package struct SVGCanvas {
    package let width: Double
    package let height: Double
    private var body: [String] = []

    package init(width: Double, height: Double) {
        self.width = width
        self.height = height
    }

    package var text: String {
        let head =
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(px(width))\" height=\"\(px(height))\" "
            + "viewBox=\"0 0 \(px(width)) \(px(height))\" font-family=\"Inter, 'Helvetica Neue', Arial, 'DejaVu Sans', "
            + "sans-serif\" font-size=\"13\" fill=\"\(PlotStyle.ink)\">"
        let paper = "<rect width=\"100%\" height=\"100%\" fill=\"\(PlotStyle.paper)\"/>"
        return ([head, paper] + body + ["</svg>"]).joined(separator: "\n") + "\n"
    }

    package mutating func add(_ element: String) { body.append(element) }

    package mutating func group(_ attributes: String, _ draw: (inout SVGCanvas) -> Void) {
        add("<g \(attributes)>")
        draw(&self)
        add("</g>")
    }

    /// - Parameter title: shown when the pointer rests on it.
    package mutating func rect(_ frame: PlotFrame, fill: String, attributes: String = "", title: String? = nil) {
        let box =
            "<rect x=\"\(px(frame.left))\" y=\"\(px(frame.top))\" width=\"\(px(frame.width))\" "
            + "height=\"\(px(frame.height))\" fill=\"\(fill)\" \(attributes)"
        add(title.map { "\(box)><title>\(Self.escaped($0))</title></rect>" } ?? "\(box)/>")
    }

    package mutating func line(
        _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, stroke: String, attributes: String = ""
    ) {
        add(
            "<line x1=\"\(px(x1))\" y1=\"\(px(y1))\" x2=\"\(px(x2))\" y2=\"\(px(y2))\" "
                + "stroke=\"\(stroke)\" \(attributes)/>"
        )
    }

    package mutating func path(
        _ points: [(x: Double, y: Double)], stroke: String, width: Double, attributes: String = ""
    ) {
        guard points.count > 1 else { return }
        let steps = points.map { "\(px($0.x)) \(px($0.y))" }.joined(separator: "L")
        add(
            "<path d=\"M\(steps)\" fill=\"none\" stroke=\"\(stroke)\" stroke-width=\"\(width)\" "
                + "stroke-linejoin=\"round\" stroke-linecap=\"round\" \(attributes)/>")
    }

    package mutating func area(_ points: [(x: Double, y: Double)], fill: String, opacity: Double) {
        guard points.count > 2 else { return }
        let steps = points.map { "\(px($0.x)) \(px($0.y))" }.joined(separator: "L")
        add("<path d=\"M\(steps)Z\" fill=\"\(fill)\" fill-opacity=\"\(opacity)\"/>")
    }

    package mutating func dot(_ x: Double, _ y: Double, radius: Double, fill: String, attributes: String = "") {
        add("<circle cx=\"\(px(x))\" cy=\"\(px(y))\" r=\"\(px(radius))\" fill=\"\(fill)\" \(attributes)/>")
    }

    package mutating func label(_ text: String, _ x: Double, _ y: Double, attributes: String = "") {
        add("<text x=\"\(px(x))\" y=\"\(px(y))\" \(attributes)>\(Self.escaped(text))</text>")
    }

    private func px(_ value: Double) -> String {
        let text = String(format: "%.1f", value)
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    package static func escaped(_ text: String) -> String {
        text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
            .replacingOccurrences(of: ">", with: "&gt;")
    }
}

/// A rectangle of the picture, y downwards.
package struct PlotFrame {
    package var left: Double
    package var top: Double
    package var width: Double
    package var height: Double

    package init(left: Double, top: Double, width: Double, height: Double) {
        self.left = left
        self.top = top
        self.width = width
        self.height = height
    }

    package var right: Double { left + width }
    package var bottom: Double { top + height }
}

/// Colours that stay apart for most people with colour-blindness, on white.
package enum PlotStyle {
    package static let ink = "#1f2933"
    package static let faint = "#66717e"
    package static let grid = "#e6e9ed"
    package static let panel = "#f8f9fa"
    package static let paper = "#ffffff"
    package static let deadline = "#c0392b"
    package static let line = "#b4bdc7"
    /// Trials without a colour of their own.
    package static let others = ["#cfd5db", "#bcc4cc", "#dde2e7"]
    package static let palette = [
        "#1f6fb4", "#e07b1a", "#2a9d5c", "#c23b63", "#7a58b8", "#12a0a8", "#b5892b", "#5d6b7a", "#d65fae", "#7fa32a",
    ]
}
