import Foundation

/// Small text files with one thing per line.
enum TextLines {
    /// The lines, without those that are empty, without spaces at their ends.
    static func read(_ path: String) throws(WorkloadError) -> [String] {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw WorkloadError(.badData, "\(path): cannot be read as UTF-8 text")
        }
        return text.split(whereSeparator: \.isNewline)
            .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }
}
