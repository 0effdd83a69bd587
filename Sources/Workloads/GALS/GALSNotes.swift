import Foundation

/// What a checkpoint of a gals run holds as text: everything that is needed to use the network without its data.
struct GALSNotes: Equatable {
    let classNames: [String]
    let groupNames: [String]
    /// Training images in each group.
    let groupCounts: [Int]
    let shape: InputShape
    let statistics: PixelStatistics

    var values: [String: String] {
        func numbers(_ values: [some CustomStringConvertible]) -> String {
            values.map(\.description).joined(separator: ",")
        }
        func texts(_ values: [String]) -> String { "[" + values.map(JSONText.quote).joined(separator: ",") + "]" }
        return [
            "class_names": texts(classNames), "group_names": texts(groupNames), "group_counts": numbers(groupCounts),
            "input": shape.text, "pixel_means": numbers(statistics.means),
            "pixel_deviations": numbers(statistics.deviations),
        ]
    }

    init(
        classNames: [String], groupNames: [String], groupCounts: [Int], shape: InputShape, statistics: PixelStatistics
    ) {
        self.classNames = classNames
        self.groupNames = groupNames
        self.groupCounts = groupCounts
        self.shape = shape
        self.statistics = statistics
    }

    init(_ notes: Checkpoint.Notes) throws(WorkloadError) {
        classNames = try Self.texts("class_names", notes)
        groupNames = try Self.texts("group_names", notes)
        groupCounts = try Self.numbers("group_counts", groupNames.count, notes)
        guard let shape = notes["input"].flatMap(InputShape.init(text:)) else {
            throw notes.wrong("input", expected: "channels, height and width such as 3x32x32")
        }
        self.shape = shape
        statistics = PixelStatistics(
            means: try Self.numbers("pixel_means", shape.channels, notes),
            deviations: try Self.numbers("pixel_deviations", shape.channels, notes))
    }

    private static func texts(_ key: String, _ notes: Checkpoint.Notes) throws(WorkloadError) -> [String] {
        let parsed = notes[key].flatMap { try? JSONDecoder().decode([String].self, from: Data($0.utf8)) }
        guard let parsed, !parsed.isEmpty else { throw notes.wrong(key, expected: "a JSON list of texts") }
        return parsed
    }

    private static func numbers<Number: LosslessStringConvertible>(
        _ key: String, _ count: Int, _ notes: Checkpoint.Notes
    ) throws(WorkloadError) -> [Number] {
        let parsed = (notes[key] ?? "").split(separator: ",").compactMap { Number(String($0)) }
        guard parsed.count == count else { throw notes.wrong(key, expected: "\(count) numbers") }
        return parsed
    }
}
