import Foundation

/// The whole tree from left to right, the path of the decisions in colour, the probability of each child on its line.
extension DecisionExplanation {
    private static let columnWidth = 190.0
    private static let rowHeight = 26.0
    private static let margin = 24.0
    private static let header = 96.0

    private struct Place {
        let x: Double
        let y: Double
    }

    /// A complete SVG document. Text is real text; the image is embedded where there is one.
    public var svg: String {
        let depth = tree.depth
        var leafRow = 0
        var nodePlaces = [Place?](repeating: nil, count: tree.nodes.count)
        var leafPlaces = [Place?](repeating: nil, count: tree.classes)
        func place(_ child: ClassTree.Child, column: Int) -> Place {
            let x = Self.margin + Double(column) * Self.columnWidth
            switch child {
            case .leaf(let leaf):
                defer { leafRow += 1 }
                let spot = Place(x: x, y: Self.header + (Double(leafRow) + 0.5) * Self.rowHeight)
                leafPlaces[leaf] = spot
                return spot
            case .node(let node):
                let below = tree.nodes[node].map { place($0, column: column + 1) }
                let spot = Place(x: x, y: (below[0].y + below[below.count - 1].y) / 2)
                nodePlaces[node] = spot
                return spot
            }
        }
        _ = place(.node(tree.root), column: 0)
        let width = 2 * Self.margin + Double(depth) * Self.columnWidth + 130
        let height = Self.header + Double(tree.classes) * Self.rowHeight + Self.margin
        var parts = [head(width: width, height: height)]
        for (number, node) in nodes.enumerated() {
            guard let from = nodePlaces[number] else { continue }
            for child in node.children {
                let to: Place? =
                    switch child.child {
                    case .leaf(let leaf): leafPlaces[leaf]
                    case .node(let below): nodePlaces[below]
                    }
                if let to { parts.append(line(from, to, child)) }
            }
        }
        for (number, node) in nodes.enumerated() {
            if let spot = nodePlaces[number] { parts.append(dot(spot, node.label, isOnPath: node.isOnPath)) }
        }
        for (leaf, spot) in leafPlaces.enumerated() {
            if let spot { parts.append(leafText(spot, leaf)) }
        }
        return parts.joined(separator: "\n") + "\n</svg>"
    }

    private func head(width: Double, height: Double) -> String {
        let verdict =
            "hard rule: \(classNames[hard]) · soft rule: \(classNames[soft]) · without tree: \(classNames[flat])"
            + (label.map { " · label: \(classNames[$0])" } ?? "")
        var thumbnail = ""
        var textStart = Self.margin
        if let picture, let png = try? picture.encodedPNG() {
            thumbnail =
                "<image x='\(Self.margin)' y='14' width='64' height='64' style='image-rendering: pixelated' "
                + "href='data:image/png;base64,\(png.base64EncodedString())'/>"
            textStart += 80
        }
        return """
            <svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 \(Int(width)) \(Int(height))' \
            width='\(Int(width))' height='\(Int(height))' font-family='sans-serif' font-size='12' role='img'>
            <title>\(SVGText.escaped("Decisions about " + title))</title>
            <rect width='100%' height='100%' fill='#ffffff'/>
            \(thumbnail)
            <text x='\(textStart)' y='40' font-size='16' font-weight='bold'>\(SVGText.escaped(title))</text>
            <text x='\(textStart)' y='62' fill='#444444'>\(SVGText.escaped(verdict))</text>
            """
    }

    private func line(_ from: Place, _ to: Place, _ child: ChildView) -> String {
        let middle = (from.x + to.x) / 2
        let colour = child.isChosen ? "#0b62c4" : "#b8b8b8"
        return """
            <path d='M\(from.x) \(from.y) C\(middle) \(from.y) \(middle) \(to.y) \(to.x) \(to.y)' fill='none' \
            stroke='\(colour)' stroke-width='\(child.isChosen ? "3" : "1.2")'/>
            <text x='\(to.x - 8)' y='\(to.y - 5)' text-anchor='end' font-size='10' \
            fill='\(child.isChosen ? "#0b62c4" : "#666666")'>\(Self.percent(child.probability))</text>
            """
    }

    private func dot(_ spot: Place, _ label: String, isOnPath: Bool) -> String {
        let at = "x='\(spot.x + 9)' y='\(spot.y - 8)' font-weight='\(isOnPath ? "bold" : "normal")'"
        let text = SVGText.escaped(label)
        // The first, wide and white, keeps the lines away from the letters of the second.
        return """
            <circle cx='\(spot.x)' cy='\(spot.y)' r='5' fill='\(isOnPath ? "#0b62c4" : "#ffffff")' stroke='#555555'/>
            <text \(at) stroke='#ffffff' stroke-width='4' stroke-linejoin='round' aria-hidden='true'>\(text)</text>
            <text \(at)>\(text)</text>
            """
    }

    private func leafText(_ spot: Place, _ leaf: Int) -> String {
        let weight = leaf == hard ? "bold" : "normal"
        let text = "\(classNames[leaf])  \(Self.percent(classProbabilities[leaf]))"
        return "<text x='\(spot.x + 6)' y='\(spot.y + 4)' font-weight='\(weight)'>\(SVGText.escaped(text))</text>"
    }
}
