/// What a search trains on and measures with. The test images are another thing: a search must not see them.
public struct ImageSplits: Sendable {
    public let training: ImageSet
    public let validation: ImageSet
    /// Of the training images; those that the literature uses, where there are any.
    public let statistics: PixelStatistics

    public init(training: ImageSet, validation: ImageSet, statistics: PixelStatistics? = nil) {
        self.training = training
        self.validation = validation
        self.statistics = statistics ?? PixelStatistics(of: training)
    }

    /// The last `count` images become the validation images.
    static func cutting(
        _ all: ImageSet, validation count: Int, statistics: PixelStatistics? = nil, path: String
    ) throws(WorkloadError) -> ImageSplits {
        guard all.count > count else {
            throw WorkloadError(.badData, "\(path): expected more than \(count) images, found \(all.count)")
        }
        let boundary = all.count - count
        return ImageSplits(
            training: all.slice(0..<boundary), validation: all.slice(boundary..<all.count), statistics: statistics)
    }
}
