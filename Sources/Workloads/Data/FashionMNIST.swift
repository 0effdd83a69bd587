/// Fashion-MNIST (Xiao, Rasul, Vollgraf, arXiv:1708.07747): 60,000 + 10,000 grey images of 28x28 in ten classes.
///
/// A search must not see the test file: the last 5,000 images of the training file are the validation images.
public enum FashionMNIST {
    public static let classNames = [
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    ]
    public static let validationCount = 5_000
    /// Mean and deviation of the training images' pixels, of 255.
    static let pixelMean: Float = 72.94
    static let pixelDeviation: Float = 90.02

    public struct Splits: Sendable {
        public let training: ImageSet
        public let validation: ImageSet
    }

    /// Training and validation images from the training files in `folder`.
    public static func splits(folder: String) throws(WorkloadError) -> Splits {
        let all = try read(folder: folder, prefix: "train")
        guard all.count > validationCount else {
            throw WorkloadError(
                .badData,
                "\(folder)/train-images-idx3-ubyte.gz: expected more than \(validationCount) images, found \(all.count)"
            )
        }
        let boundary = all.count - validationCount
        return Splits(training: all.slice(0..<boundary), validation: all.slice(boundary..<all.count))
    }

    public static func test(folder: String) throws(WorkloadError) -> ImageSet {
        try read(folder: folder, prefix: "t10k")
    }

    static func read(folder: String, prefix: String) throws(WorkloadError) -> ImageSet {
        let images = try IDXFile(path: "\(folder)/\(prefix)-images-idx3-ubyte.gz", axes: 3)
        let labels = try IDXFile(path: "\(folder)/\(prefix)-labels-idx1-ubyte.gz", axes: 1)
        let count = images.shape[0]
        guard images.shape[1...] == [28, 28] else {
            throw WorkloadError(.badData, "\(images.path): expected images of 28x28, found \(images.shape[1...])")
        }
        guard labels.shape[0] == count else {
            throw WorkloadError(.badData, "\(labels.path): expected \(count) labels, found \(labels.shape[0])")
        }
        let values = labels.elements(0..<count)
        if let wrong = values.first(where: { $0 >= UInt8(classNames.count) }) {
            throw WorkloadError(.badData, "\(labels.path): expected labels below \(classNames.count), found \(wrong)")
        }
        return ImageSet(
            height: 28, width: 28, classes: classNames.count, pixels: images.elements(0..<count), labels: values)
    }
}
