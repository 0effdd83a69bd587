/// Fashion-MNIST (Xiao, Rasul, Vollgraf, arXiv:1708.07747): 60,000 + 10,000 grey images of 28x28 in ten classes.
///
/// A search must not see the test file: the last 5,000 images of the training file are the validation images.
public enum FashionMNIST {
    public static let classNames = [
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    ]
    public static let validationCount = 5_000
    /// Where Debian's package dataset-fashion-mnist installs to.
    public static let defaultFolder = "/usr/share/datasets/fashion-mnist"
    static let statistics = PixelStatistics(means: [72.94], deviations: [90.02])

    /// Training and validation images from the training files in `folder`.
    public static func splits(folder: String) throws(WorkloadError) -> ImageSplits {
        try ImageSplits.cutting(
            try read(folder: folder, prefix: "train"), validation: validationCount, statistics: statistics,
            path: "\(folder)/train-images-idx3-ubyte.gz")
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
            height: 28, width: 28, classNames: classNames, pixels: images.elements(0..<count),
            labels: values.map(Int32.init))
    }
}
