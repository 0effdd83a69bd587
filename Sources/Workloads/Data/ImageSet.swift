/// Grey images with a class each, as bytes in memory.
public struct ImageSet: Sendable {
    public let height: Int
    public let width: Int
    public let classes: Int
    /// Row-major, one image after the other.
    public let pixels: [UInt8]
    public let labels: [UInt8]

    public var count: Int { labels.count }
    var imageSize: Int { height * width }

    public init(height: Int, width: Int, classes: Int, pixels: [UInt8], labels: [UInt8]) {
        precondition(pixels.count == labels.count * height * width)
        self.height = height
        self.width = width
        self.classes = classes
        self.pixels = pixels
        self.labels = labels
    }

    /// The images in `range`.
    public func slice(_ range: Range<Int>) -> ImageSet {
        ImageSet(
            height: height, width: width, classes: classes,
            pixels: Array(pixels[range.lowerBound * imageSize..<range.upperBound * imageSize]),
            labels: Array(labels[range]))
    }
}
