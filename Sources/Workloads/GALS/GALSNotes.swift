/// What a checkpoint of a gals run holds as text: everything that is needed to use the network without its data.
struct GALSNotes: Equatable {
    let classNames: [String]
    let groupNames: [String]
    /// Training images in each group.
    let groupCounts: [Int]
    let shape: InputShape
    let statistics: PixelStatistics

    var values: [String: String] {
        return [
            "class_names": Checkpoint.Notes.text(classNames), "group_names": Checkpoint.Notes.text(groupNames),
            "group_counts": Checkpoint.Notes.text(numbers: groupCounts),
            "input": shape.text, "pixel_means": Checkpoint.Notes.text(numbers: statistics.means),
            "pixel_deviations": Checkpoint.Notes.text(numbers: statistics.deviations),
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
        classNames = try notes.texts("class_names")
        groupNames = try notes.texts("group_names")
        groupCounts = try notes.numbers("group_counts", count: groupNames.count)
        guard let shape = notes["input"].flatMap(InputShape.init(text:)) else {
            throw notes.wrong("input", expected: "channels, height and width such as 3x32x32")
        }
        self.shape = shape
        statistics = PixelStatistics(
            means: try notes.numbers("pixel_means", count: shape.channels),
            deviations: try notes.numbers("pixel_deviations", count: shape.channels))
    }
}
