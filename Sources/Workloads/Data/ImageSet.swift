/// Images with a class each, as bytes in memory.
public struct ImageSet: Sendable {
    /// 1 grey, 3 colour.
    public let channels: Int
    public let height: Int
    public let width: Int
    /// In the order of the labels.
    public let classNames: [String]
    /// One image after the other, each `[channels, height, width]`.
    public let pixels: [UInt8]
    public let labels: [Int32]

    public var count: Int { labels.count }
    public var classes: Int { classNames.count }
    var imageSize: Int { channels * height * width }

    public init(
        channels: Int = 1, height: Int, width: Int, classNames: [String], pixels: [UInt8], labels: [Int32]
    ) {
        precondition(pixels.count == labels.count * channels * height * width)
        self.channels = channels
        self.height = height
        self.width = width
        self.classNames = classNames
        self.pixels = pixels
        self.labels = labels
    }

    /// The images in `range`.
    public func slice(_ range: Range<Int>) -> ImageSet { selecting(Array(range)) }

    /// The images with these numbers, in this order.
    public func selecting(_ indices: [Int]) -> ImageSet {
        var chosen: [UInt8] = []
        chosen.reserveCapacity(indices.count * imageSize)
        for index in indices { chosen += pixels[index * imageSize..<(index + 1) * imageSize] }
        return ImageSet(
            channels: channels, height: height, width: width, classNames: classNames, pixels: chosen,
            labels: indices.map { labels[$0] })
    }

    /// One image, channels interleaved.
    public func picture(_ index: Int) -> Picture {
        let plane = height * width
        var interleaved = [UInt8](repeating: 0, count: imageSize)
        for channel in 0..<channels {
            for place in 0..<plane {
                interleaved[place * channels + channel] = pixels[index * imageSize + channel * plane + place]
            }
        }
        return Picture(width: width, height: height, channels: channels, pixels: interleaved)
    }

    /// Nil where the shapes or classes of the two differ; otherwise what is different, for a message.
    func difference(from other: ImageSet) -> String? {
        if (channels, height, width) != (other.channels, other.height, other.width) {
            return "expected images of \(other.shapeText), found \(shapeText)"
        }
        if classNames != other.classNames {
            return "expected the \(other.classes) classes of the training images, found \(classes)"
        }
        return nil
    }

    var shapeText: String { "\(channels)x\(height)x\(width)" }
}
