extension Double {
    /// For people: about four significant digits, no trailing zeros (`0.745`, `1520`, `0.00012`).
    var shortText: String {
        guard isFinite else { return isNaN ? "NaN" : self > 0 ? "infinity" : "-infinity" }
        guard magnitude >= 1e-12 else { return "0" }
        guard magnitude >= 1e-4 && magnitude < 1e15 else { return String(self) }
        var scale = 1.0
        while magnitude * scale < 1000 { scale *= 10 }
        let text = String((self * scale).rounded() / scale)
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
