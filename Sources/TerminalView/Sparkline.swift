import HyperSchedProtocol

/// A curve in one line of text: `▁▃▅▆▇█`. The horizontal place is the step, so the length shows how far it trained.
public struct Sparkline: Hashable, Sendable {
    private static let bars: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// The steps that the width stands for: 1...lastStep.
    public let lastStep: Int
    /// Values at the bottom and at the top.
    public let bottom: Double
    public let top: Double

    public init(lastStep: Int, bottom: Double, top: Double) {
        self.lastStep = max(lastStep, 1)
        self.bottom = bottom
        self.top = top
    }

    /// - Parameter points: by step ascending; of several in one column the last one is drawn. Not finite: `×`.
    public func text(_ points: [(step: Int, value: Double)], width: Int) -> String {
        guard width > 0 else { return "" }
        var cells = [Character](repeating: " ", count: width)
        for point in points where point.step >= 1 {
            let step = min(point.step, lastStep)
            let column = min((step - 1) * width / lastStep, width - 1)
            // With fewer steps than columns each step fills its share of the width.
            let end = min(max(step * width / lastStep, column + 1), width)
            for index in column..<end { cells[index] = bar(point.value) }
        }
        return String(cells)
    }

    private func bar(_ value: Double) -> Character {
        guard value.isFinite else { return "×" }
        guard top > bottom else { return Self.bars[3] }
        let share = min(max((value - bottom) / (top - bottom), 0), 1)
        return Self.bars[min(Int(share * 8), 7)]
    }
}
