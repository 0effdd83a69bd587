/// The percentage of correct keypoints (PCK): predictions within `fraction` of the longer side of the target image, or
/// of its object's box. Distances in pixels of the original target image.
public struct KeypointAccuracy: Equatable, Sendable {
    /// Correct keypoints by both thresholds, of one or more images.
    public struct Count: Equatable, Sendable {
        public var points = 0
        public var byImage = 0
        public var byBox = 0
    }

    /// 0.1 in most papers.
    public let fraction: Double
    public private(set) var pooled = Count()
    private var imageSums = (byImage: 0.0, byBox: 0.0)
    public private(set) var images = 0

    public init(fraction: Double = 0.1) { self.fraction = fraction }

    public mutating func add(
        predicted: [ImagePoint], truth: [ImagePoint], imageSize: ImageExtent, box: BoundingBox
    ) {
        precondition(predicted.count == truth.count && !truth.isEmpty)
        var count = Count()
        for (point, true_) in zip(predicted, truth) {
            let distance = point.distance(to: true_)
            count.points += 1
            if distance <= fraction * imageSize.longerSide { count.byImage += 1 }
            if distance <= fraction * box.longerSide { count.byBox += 1 }
        }
        pooled.points += count.points
        pooled.byImage += count.byImage
        pooled.byBox += count.byBox
        imageSums.byImage += Double(count.byImage) / Double(count.points)
        imageSums.byBox += Double(count.byBox) / Double(count.points)
        images += 1
    }

    /// Over all keypoints together, as the authors' code reports it; from 0 to 1.
    public var perPoint: (byImage: Double, byBox: Double) {
        let points = Double(max(pooled.points, 1))
        return (Double(pooled.byImage) / points, Double(pooled.byBox) / points)
    }

    /// The mean of the images' own fractions, as several later papers report it.
    public var perImage: (byImage: Double, byBox: Double) {
        let count = Double(max(images, 1))
        return (imageSums.byImage / count, imageSums.byBox / count)
    }

    public static func == (a: Self, b: Self) -> Bool {
        a.fraction == b.fraction && a.pooled == b.pooled && a.images == b.images && a.imageSums == b.imageSums
    }
}
