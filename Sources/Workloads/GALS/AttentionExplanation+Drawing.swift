import Foundation

extension AttentionExplanation {
    private static let gap = 10
    private static let header = 26
    private static let footer = 40

    private var columns: Int { rows.map(\.panels.count).max() ?? 0 }
    private var cell: (width: Int, height: Int) {
        (Self.side + Self.gap, Self.header + Self.side + Self.footer)
    }

    /// All panels in one picture, without words.
    public func picture() -> Picture {
        let step = Self.side + Self.gap
        let (width, height) = (columns * step + Self.gap, rows.count * step + Self.gap)
        var pixels = [UInt8](repeating: 255, count: 3 * width * height)
        for (row, line) in rows.enumerated() {
            for (column, panel) in line.panels.enumerated() {
                let (left, top) = (Self.gap + column * step, Self.gap + row * step)
                for y in 0..<Self.side {
                    let from = 3 * y * Self.side
                    let to = 3 * ((top + y) * width + left)
                    pixels[to..<to + 3 * Self.side] = panel.picture.pixels[from..<from + 3 * Self.side][...]
                }
            }
        }
        return Picture(width: width, height: height, channels: 3, pixels: pixels)
    }

    /// A complete SVG document with titles and what was predicted; text is real text.
    public func svg() throws(WorkloadError) -> String {
        let width = columns * cell.width + Self.gap
        let height = rows.count * cell.height + Self.gap
        var parts = [
            """
            <svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 \(width) \(height)' width='\(width)' \
            height='\(height)' font-family='sans-serif' font-size='10' role='img'>
            <title>Where the networks look</title>
            <rect width='100%' height='100%' fill='#ffffff'/>
            """
        ]
        for (row, line) in rows.enumerated() {
            let top = Self.gap + row * cell.height
            parts.append(
                "<text x='\(Self.gap)' y='\(top + 10)' font-size='12' font-weight='bold'>"
                    + "\(SVGText.escaped(line.title))</text>"
            )
            for (column, panel) in line.panels.enumerated() {
                parts.append(try Self.draw(panel, left: Self.gap + column * cell.width, top: top + Self.header - 8))
            }
        }
        return parts.joined(separator: "\n") + "\n</svg>"
    }

    private static func draw(_ panel: Panel, left: Int, top: Int) throws(WorkloadError) -> String {
        let png = try panel.picture.encodedPNG().base64EncodedString()
        return """
            <image x='\(left)' y='\(top)' width='\(side)' height='\(side)' href='data:image/png;base64,\(png)'/>
            <text x='\(left)' y='\(top + side + 13)'>\(SVGText.escaped(panel.title))</text>
            <text x='\(left)' y='\(top + side + 26)' fill='#555555'>\(SVGText.escaped(panel.caption))</text>
            """
    }
}
