import Foundation
public import HyperSchedProtocol

/// Numbers, times and configurations in few characters.
public enum ValueText {
    /// Up to `digits` significant digits.
    public static func number(_ value: Double, digits: Int = 5) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "Inf" : "-Inf" }
        return String(format: "%.\(digits)g", value)
    }

    /// `1:02:03`, `12:03`, `2d 03:04`; with a minus sign for negative durations.
    public static func duration(_ seconds: Double) -> String {
        let whole = Int64(min(abs(seconds), 1e15).rounded(.down))
        let sign = seconds < 0 && whole > 0 ? "-" : ""
        let (days, hours, minutes, rest) = (whole / 86_400, whole / 3600 % 24, whole / 60 % 60, whole % 60)
        if days > 0 { return sign + "\(days)d \(two(hours)):\(two(minutes))" }
        if hours > 0 { return sign + "\(hours):\(two(minutes)):\(two(rest))" }
        return sign + "\(minutes):\(two(rest))"
    }

    /// Bytes with a binary unit.
    public static func bytes(_ count: Int64) -> String {
        var (value, unit) = (Double(count), 0)
        let units = ["B", "KiB", "MiB", "GiB", "TiB"]
        while value >= 1024, unit < units.count - 1 { (value, unit) = (value / 1024, unit + 1) }
        return (unit == 0 ? "\(count)" : String(format: "%.1f", value)) + " " + units[unit]
    }

    /// `lr=0.01234 hierarchy=induced`; names in `hidden` are left out.
    public static func configuration(_ configuration: Configuration, hidden: Set<String> = []) -> String {
        configuration.entries.filter { !hidden.contains($0.name) }
            .map { "\(CellText.clean($0.name))=\(value($0.value))" }.joined(separator: " ")
    }

    static func value(_ value: ParameterValue) -> String {
        if case .real(let number) = value { return self.number(number, digits: 4) }
        return CellText.clean(value.text)
    }

    /// Names of the parameters that are the same in every trial.
    package static func fixedNames(_ spec: SweepSpec) -> Set<String> {
        Set(
            spec.parameters.filter {
                if case .constant = $0.domain { true } else { false }
            }.map(\.name))
    }

    private static func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
