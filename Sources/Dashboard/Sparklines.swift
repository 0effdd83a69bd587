import Foundation
import HyperSchedProtocol
import Pictures

/// Small curves for a table: all on the same axes, so that they can be compared.
struct Sparklines {
    private static let width = 96.0
    private static let height = 22.0

    private let curves: [TrialID: SweepPicture.Curve]
    private let maxStep: Int
    private let range: ClosedRange<Double>

    init(_ curves: [SweepPicture.Curve], maxStep: Int) {
        self.curves = Dictionary(uniqueKeysWithValues: curves.map { ($0.trial, $0) })
        let points = curves.flatMap { $0.attempts.joined() }
        // Where nobody comes near the last step the axis ends where they are.
        self.maxStep = max(2, min(maxStep, points.map(\.step).max() ?? 1))
        let values = points.map(\.objective).filter(\.isFinite).sorted()
        if let low = values.first, let high = values.last, high > low {
            // A bad start must not squeeze the rest.
            range = min(values[values.count / 12], high.nextDown)...values[values.count - 1 - values.count / 12].nextUp
        } else {
            range = 0...1
        }
    }

    /// Empty for a trial without a curve.
    func svg(_ trial: TrialID) -> String {
        guard let curve = curves[trial] else { return "" }
        // A line for each attempt: one that begins before the end of the one before it is no jump of the curve.
        let lines = curve.attempts.map { attempt in
            attempt.filter(\.objective.isFinite).map { String(format: "%.1f %.1f", x($0.step), y($0.objective)) }
        }
        let path = lines.filter { !$0.isEmpty }
            .map { "M" + ($0.count == 1 ? [$0[0], $0[0]] : $0).joined(separator: "L") }.joined()
        if path.isEmpty { return "" }
        return "<svg class=\"spark\" viewBox=\"0 0 \(Int(Self.width)) \(Int(Self.height))\" aria-hidden=\"true\">"
            + "<path stroke-linecap=\"round\" d=\"\(path)\"/></svg>"
    }

    private func x(_ step: Int) -> Double {
        2 + (Self.width - 4) * Double(min(step, maxStep) - 1) / Double(maxStep - 1)
    }

    private func y(_ value: Double) -> Double {
        let share = (value - range.lowerBound) / (range.upperBound - range.lowerBound)
        return 2 + (Self.height - 4) * (1 - min(1, max(0, share)))
    }
}
