extension StyledLine {
    /// The text on as many lines as it takes, broken at spaces, each behind the title or as much space.
    static func wrapped(_ title: String, _ text: String, _ style: Style, width: Int) -> [StyledLine] {
        let room = max(20, width - title.count)
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            if !line.isEmpty, line.count + 1 + word.count > room {
                lines.append(line)
                line = String(word)
            } else {
                line += (line.isEmpty ? "" : " ") + word
            }
        }
        lines.append(line)
        let space = String(repeating: " ", count: title.count)
        return lines.enumerated().map { StyledLine(($0 == 0 ? title : space) + $1, style) }
    }
}
