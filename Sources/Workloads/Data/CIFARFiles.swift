import Foundation

/// CIFAR-10 and CIFAR-100 in their binary form (Krizhevsky 2009; https://www.cs.toronto.edu/~kriz/cifar.html, "Binary
/// version"): records of one label byte (CIFAR-100: coarse, then fine) and 3,072 bytes, the red, green and blue planes.
struct CIFARFiles {
    enum Variant: Sendable {
        case ten, hundred
    }

    private static let imageBytes = 3 * 32 * 32
    private static let recordsPerFile = 10_000
    /// The last images of the training files; as for Fashion-MNIST.
    static let validationCount = 5_000
    /// What the NBDT code normalises both by: (.4914, .4822, .4465), (.2023, .1994, .2010) of 1.
    static let statistics = PixelStatistics(
        means: [0.4914 * 255, 0.4822 * 255, 0.4465 * 255], deviations: [0.2023 * 255, 0.1994 * 255, 0.2010 * 255])

    let variant: Variant
    let folder: String

    init(_ variant: Variant, folder: String) {
        self.variant = variant
        self.folder = folder
    }

    func splits() throws(WorkloadError) -> ImageSplits {
        let names = variant == .ten ? (1...5).map { "data_batch_\($0).bin" } : ["train.bin"]
        return try ImageSplits.cutting(
            try read(names), validation: Self.validationCount, statistics: Self.statistics,
            path: folder + "/" + names[names.count - 1])
    }

    func test() throws(WorkloadError) -> ImageSet {
        try read([variant == .ten ? "test_batch.bin" : "test.bin"])
    }

    private func read(_ names: [String]) throws(WorkloadError) -> ImageSet {
        let classNames = try classNames()
        let labelBytes = variant == .ten ? 1 : 2
        let record = labelBytes + Self.imageBytes
        var (pixels, labels): ([UInt8], [Int32]) = ([], [])
        for name in names {
            let path = folder + "/" + name
            let bytes = try GzipReader.read(path, limit: record * 100_000)
            guard !bytes.isEmpty, bytes.count % record == 0 else {
                throw WorkloadError(
                    .badData,
                    "\(path): expected whole records of \(record) bytes (\(Self.recordsPerFile) in the original), "
                        + "found \(bytes.count) bytes")
            }
            for start in stride(from: 0, to: bytes.count, by: record) {
                let label = Int32(bytes[start + labelBytes - 1])
                guard label < classNames.count else {
                    throw WorkloadError(
                        .badData,
                        "\(path): expected labels below \(classNames.count), found \(label) in record "
                            + "\(start / record)")
                }
                labels.append(label)
                pixels += bytes[start + labelBytes..<start + record]
            }
        }
        return ImageSet(
            channels: 3, height: 32, width: 32, classNames: classNames, pixels: pixels, labels: labels)
    }

    /// From the file that comes with the images.
    private func classNames() throws(WorkloadError) -> [String] {
        let path = folder + (variant == .ten ? "/batches.meta.txt" : "/fine_label_names.txt")
        let expected = variant == .ten ? 10 : 100
        let names = try TextLines.read(path)
        guard names.count == expected else {
            throw WorkloadError(.badData, "\(path): expected \(expected) class names, found \(names.count)")
        }
        return names
    }
}
