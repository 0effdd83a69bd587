import Foundation

/// A heat map: a row per layer, the smallest maps on top, a column per timestep, the clean image on the left.
extension MixingWeights {
    private static let cell = (width: 84.0, height: 40.0)
    private static let left = 150.0
    private static let top = 108.0
    private static let scaleWidth = 200.0

    /// A complete SVG document. The colour of a cell is its weight beside the largest one; its text is the weight in
    /// percent.
    public func svg(title: String) -> String {
        let width = max(Self.left + Double(layout.timesteps.count) * Self.cell.width + 24, 560)
        let height = Self.top + Double(layout.layers.count) * Self.cell.height + 84
        var parts = [head(title, width: width, height: height)]
        for (column, timestep) in layout.timesteps.enumerated() {
            let x = Self.left + (Double(column) + 0.5) * Self.cell.width
            let name = timestep < 0 ? "clean" : "\(timestep)"
            parts.append("<text x='\(x)' y='\(Self.top - 8)' text-anchor='middle'>\(name)</text>")
        }
        for (row, layer) in layout.layers.enumerated() {
            let y = Self.top + (Double(row) + 0.5) * Self.cell.height + 4
            parts.append("<text x='\(Self.left - 10)' y='\(y)' text-anchor='end'>\(row): \(layer.text)</text>")
            for column in layout.timesteps.indices { parts.append(cell(row: row, column: column)) }
        }
        parts.append(legend(y: height - 60))
        return parts.joined(separator: "\n") + "\n</svg>"
    }

    private func head(_ title: String, width: Double, height: Double) -> String {
        let even = Self.percent(1 / Double(weights.count))
        let note = String(
            format: "all equal: %@ each · entropy %.3f of %.3f nats", even, entropy, log(Double(weights.count)))
        return """
            <svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 \(Int(width)) \(Int(height))' \
            width='\(Int(width))' height='\(Int(height))' font-family='sans-serif' font-size='12' role='img'>
            <title>\(SVGText.escaped("Mixing weights of " + title))</title>
            <rect width='100%' height='100%' fill='#ffffff'/>
            <text x='24' y='30' font-size='16' font-weight='bold'>\(SVGText.escaped("Mixing weights · " + title))</text>
            <text x='24' y='50' fill='#444444'>\(note)</text>
            <text x='\(Self.left)' y='\(Self.top - 30)' fill='#444444'>timestep (noise grows to the right)</text>
            <text x='24' y='\(Self.top - 8)' fill='#444444'>layer</text>
            """
    }

    private var range: (low: Double, high: Double) { (weights.min() ?? 0, weights.max() ?? 1) }

    private func cell(row: Int, column: Int) -> String {
        let weight = weight(timestep: column, layer: row)
        let x = Self.left + Double(column) * Self.cell.width
        let y = Self.top + Double(row) * Self.cell.height
        let depth = weight / max(range.high, .leastNonzeroMagnitude)
        let ink = depth > 0.55 ? "#ffffff" : "#111111"
        return """
            <rect x='\(x)' y='\(y)' width='\(Self.cell.width)' height='\(Self.cell.height)' \
            fill='\(Self.colour(depth))' stroke='#ffffff'/>
            <text x='\(x + Self.cell.width / 2)' y='\(y + Self.cell.height / 2 + 4)' text-anchor='middle' \
            fill='\(ink)'>\(Self.percent(weight))</text>
            """
    }

    private func legend(y: Double) -> String {
        let steps = 20
        let step = Self.scaleWidth / Double(steps)
        let bars = (0..<steps).map { index in
            "<rect x='\(Self.left + Double(index) * step)' y='\(y)' width='\(step + 0.5)' height='12' "
                + "fill='\(Self.colour((Double(index) + 0.5) / Double(steps)))'/>"
        }
        return bars.joined(separator: "\n") + """

            <text x='\(Self.left)' y='\(y + 28)'>0</text>
            <text x='\(Self.left + Self.scaleWidth)' y='\(y + 28)' text-anchor='end'>\(Self.percent(range.high))</text>
            """
    }

    /// From near white to dark blue, in equal steps of lightness.
    private static func colour(_ depth: Double) -> String {
        let part = min(max(depth, 0), 1)
        let (light, dark) = ([240.0, 246, 252], [8.0, 48, 107])
        let parts = zip(light, dark).map { Int(($0 + ($1 - $0) * part).rounded()) }
        return "rgb(\(parts[0]),\(parts[1]),\(parts[2]))"
    }

    private static func percent(_ value: Double) -> String { String(format: "%.2f %%", 100 * value) }
}

extension MixingWeights {
    /// A table for a terminal: a row per layer.
    public var text: String {
        func padded(_ text: String, _ width: Int) -> String {
            String(repeating: " ", count: max(0, width - text.count)) + text
        }
        let names = layout.timesteps.map { $0 < 0 ? "clean" : "t=\($0)" }
        var lines = [padded("layer", 16) + names.map { padded($0, 9) }.joined()]
        for (row, layer) in layout.layers.enumerated() {
            let values = layout.timesteps.indices.map { String(format: "%.5f", weight(timestep: $0, layer: row)) }
            lines.append(padded("\(row): \(layer.text)", 16) + values.map { padded($0, 9) }.joined())
        }
        lines.append(String(format: "entropy %.5f of at most %.5f nats", entropy, log(Double(weights.count))))
        return lines.joined(separator: "\n")
    }

    /// For programs.
    public var json: String {
        let rows = layout.timesteps.indices.map { step in
            "["
                + layout.layers.indices.map { JSONText.number(weight(timestep: step, layer: $0)) }.joined(
                    separator: ", ")
                + "]"
        }
        let layers = layout.layers.map { JSONText.quote($0.text) }.joined(separator: ", ")
        return """
            {"timesteps": [\(layout.timesteps.map(String.init).joined(separator: ", "))], "layers": [\(layers)], \
            "weights": [\(rows.joined(separator: ", "))], "entropy": \(JSONText.number(entropy))}
            """
    }
}
