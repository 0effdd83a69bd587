/// Durations as people write them: `6h`, `90m`, `300s`, `1d`, `1h30m`.
public enum DurationText {
    public static let expectation = "a number with a unit, such as 6h, 90m, 300s, 1d or 1h30m"

    /// Seconds; nil for anything else, above all for a number without a unit.
    public static func seconds(_ text: String) -> Double? {
        var total = 0.0
        var digits = ""
        var hasUnit = false
        for character in text where character != " " {
            if let unit = unitSeconds(character) {
                guard let value = Double(digits), value.isFinite else { return nil }
                total += value * unit
                digits = ""
                hasUnit = true
            } else if character.isASCII, character.isNumber || character == "." {
                digits.append(character)
            } else {
                return nil
            }
        }
        return hasUnit && digits.isEmpty ? total : nil
    }

    private static func unitSeconds(_ unit: Character) -> Double? {
        switch unit {
        case "s": 1
        case "m": 60
        case "h": 3600
        case "d": 86_400
        case "w": 604_800
        default: nil
        }
    }
}
