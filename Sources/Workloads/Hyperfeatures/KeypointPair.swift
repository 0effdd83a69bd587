/// Two images of one kind of object with corresponding points.
public struct KeypointPair: Equatable, Sendable {
    /// Paths below the folder of images, for example `dog/2008_007494.jpg`.
    public var source: String
    public var target: String
    /// In pixels of the original images; the same number, in the same order.
    public var sourcePoints: [ImagePoint]
    public var targetPoints: [ImagePoint]
    /// Nil where the list does not say it; the image then has to be looked at.
    public var sourceSize: ImageExtent?
    public var targetSize: ImageExtent?
    public var sourceBox: BoundingBox
    public var targetBox: BoundingBox
    public var category: String
}
