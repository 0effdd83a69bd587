import Foundation
package import HyperSchedProtocol

/// Forecasts in few words. Percentages never say more than is known: nothing short of certain is 0 % or 100 %.
package enum ForecastText {
    /// `73 %`, `<1 %`, `>99 %`
    package static func percent(_ probability: Double) -> String {
        let whole = (100 * probability).rounded()
        return probability.isNaN ? "?" : whole < 1 ? "<1 %" : whole > 99 ? ">99 %" : "\(Int(whole)) %"
    }

    /// `0.947 (0.941–0.952)`
    package static func range(_ range: ForecastRange) -> String {
        let decimals = decimals(range)
        let (low, high) = (number(range.low, decimals), number(range.high, decimals))
        let between = range.low < 0 || range.high < 0 ? " to " : "–"
        return "\(number(range.expected, decimals)) (\(low)\(between)\(high))"
    }

    /// `P(reach 0.95 by 08:00Z) 73 %, expected best 0.947 (0.941–0.952)`; nil: the sweep has ended.
    static func sweep(_ sweep: SweepSummary) -> StyledLine? {
        guard let forecast = sweep.forecast else { return nil }
        guard let range = forecast.range else {
            return StyledLine("none yet: \(forecast.missing ?? "the daemon gives none")", .faint)
        }
        let instant = instant(sweep.spec.deadline, from: sweep.answeredAt)
        let best = StyledLine(Self.range(range), .strong)
        guard let target = sweep.spec.metric.target, let probability = forecast.reachesTarget else {
            return StyledLine("expected best at \(instant) ") + best
        }
        return StyledLine("P(reach \(ValueText.number(target)) by \(instant)) ")
            + StyledLine(percent(probability), style(probability)) + StyledLine(", expected best ") + best
    }

    /// What will become of one trial, one line for each thing that can be said.
    static func trial(_ forecast: TrialForecast) -> [String] {
        let slots = forecast.slots == 1 ? "1 slot" : "\(forecast.slots) slots"
        let effects = [
            forecast.fewerSlots.map { "with 2 slots fewer \(change($0))" },
            forecast.moreSlots.map { "with 2 slots more \(change($0))" },
        ].compactMap(\.self)
        return ["\(range(forecast.range)) at the deadline on \(slots)"]
            + (forecast.reachesTarget.map { ["P(it reaches the target) \(percent($0))"] } ?? [])
            + (effects.isEmpty ? [] : [effects.joined(separator: ", ")])
    }

    /// `-0.003/+0.001`: what two slots fewer and two slots more would change.
    static func effect(_ forecast: TrialForecast) -> String {
        guard forecast.fewerSlots != nil || forecast.moreSlots != nil else { return "-" }
        return [forecast.fewerSlots, forecast.moreSlots].map { $0.map(change) ?? "-" }.joined(separator: "/")
    }

    /// A Brier score.
    static func brier(_ value: Double) -> String { String(format: "%.3f", value) }

    /// The time of day of an instant within a day from `now`, without seconds where there are none; else its day. The
    /// whole instant stands elsewhere on the screen.
    static func instant(_ instant: Timestamp, from now: Timestamp) -> String {
        let text = instant.rfc3339
        guard abs(instant.seconds(since: now)) >= 86_400 else {
            let time = text.dropFirst(11).prefix(8)
            return (time.hasSuffix(":00") ? time.prefix(5) : time) + "Z"
        }
        let parts = text.prefix(10).split(separator: "-").compactMap { Int($0) }
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        return "\(parts[2]) \(months[parts[1] - 1])"
    }

    private static func change(_ value: Double) -> String {
        value == 0 ? "0" : (value > 0 ? "+" : "") + ValueText.number(value, digits: 2)
    }

    private static func style(_ probability: Double) -> StyledLine.Style {
        probability >= 0.5 ? .good : probability >= 0.1 ? .warning : .bad
    }

    /// Two significant digits of the interval's width.
    private static func decimals(_ range: ForecastRange) -> Int? {
        let width = range.high - range.low
        guard width > 0 else { return nil }
        let decimals = 1 - Int(log10(width).rounded(.down))
        let isPlain = max(abs(range.low), abs(range.high)) < 1e7 && decimals <= 8
        return isPlain ? max(decimals, 0) : nil
    }

    private static func number(_ value: Double, _ decimals: Int?) -> String {
        decimals.map { String(format: "%.\($0)f", value) } ?? ValueText.number(value)
    }
}
