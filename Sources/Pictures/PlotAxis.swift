import Foundation

/// Maps values to pixels along one side of a frame, and finds round numbers to write there.
package struct PlotAxis {
    package let range: ClosedRange<Double>
    /// Pixel of the lower and of the upper end.
    package let from: Double
    package let to: Double

    package init(_ range: ClosedRange<Double>, from: Double, to: Double) {
        let isFlat = range.upperBound - range.lowerBound <= 0
        self.range = isFlat ? range.lowerBound - 0.5...range.upperBound + 0.5 : range
        self.from = from
        self.to = to
    }

    package func pixel(_ value: Double) -> Double {
        let share = (value - range.lowerBound) / (range.upperBound - range.lowerBound)
        return from + (to - from) * min(1.05, max(-0.05, share))
    }

    /// 1, 2 or 5 times a power of ten, about `count` of them.
    package func ticks(_ count: Int, whole: Bool = false) -> [Double] {
        let raw = (range.upperBound - range.lowerBound) / Double(max(1, count))
        let power = pow(10, floor(log10(raw)))
        var step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= raw * 0.999 } ?? raw
        if whole { step = max(1, step.rounded()) }
        let first = (range.lowerBound / step).rounded(.up)
        return (0...(count * 3)).map { (first + Double($0)) * step }.filter { $0 <= range.upperBound + step * 1e-9 }
    }

    /// The number with as many digits as the distance of the ticks asks for.
    package static func text(_ value: Double, step: Double) -> String {
        let digits = max(0, Int(-floor(log10(max(step, 1e-12) * 1.0001))))
        let text = String(format: "%.\(min(digits, 8))f", value)
        return text == "-0" ? "0" : text
    }
}

/// Seconds in the unit that suits a length of time.
package struct PlotTime {
    package let unit: String
    package let seconds: Double

    package init(upTo length: Double) {
        switch length {
        case (3 * 86_400)...: self.init(unit: "days", seconds: 86_400)
        case (2 * 3600)...: self.init(unit: "hours", seconds: 3600)
        case 180...: self.init(unit: "minutes", seconds: 60)
        default: self.init(unit: "seconds", seconds: 1)
        }
    }

    private init(unit: String, seconds: Double) {
        self.unit = unit
        self.seconds = seconds
    }

    package func text(_ value: Double) -> String { String(format: "%.3g \(unit)", value / seconds) }
}
