import Foundation
import Torch

/// Things with masks, for each class and split; no thing is in two splits.
struct ForegroundPool {
    /// `[class][split]` pictures with alpha.
    let pictures: [[[Picture]]]
    let classNames: [String]

    private static let stream: UInt64 = 0x666F_7265
    /// Fractions of a folder's things for training and validation; the rest is for testing.
    private static let shares = (training: 0.6, validation: 0.2)
    /// The value above which a pixel of Fashion-MNIST belongs to the garment: 8 % of white.
    private static let darkest: UInt8 = 20

    init(_ foregrounds: BiasSettings.Foregrounds, seed: UInt64) throws(WorkloadError) {
        switch foregrounds {
        case .fashionMNIST(let folder, let classes): try self.init(folder: folder, classes: classes)
        case .cutOuts(let folder): try self.init(cutOuts: folder, seed: seed)
        }
    }

    /// Training and validation things from two halves of the training file, test things from the test file.
    private init(folder: String, classes: [[Int]]) throws(WorkloadError) {
        let splits = try FashionMNIST.splits(folder: folder)
        let (file, test) = (splits.training, try FashionMNIST.test(folder: folder))
        let halves = [0..<file.count / 2, file.count / 2..<file.count]
        classNames = classes.map { kinds in kinds.map { file.classNames[$0] }.joined(separator: ", ") }
        pictures = classes.map { kinds in
            func garments(_ images: ImageSet, _ range: Range<Int>) -> [Picture] {
                range.filter { kinds.contains(Int(images.labels[$0])) }.map { Self.garment(images, $0) }
            }
            return [garments(file, halves[0]), garments(file, halves[1]), garments(test, 0..<test.count)]
        }
    }

    private static func garment(_ images: ImageSet, _ index: Int) -> Picture {
        let grey = images.pixels[index * images.imageSize..<(index + 1) * images.imageSize]
        let pixels = grey.flatMap { value -> [UInt8] in [value, value, value, value > darkest ? 255 : 0] }
        return Picture(width: images.width, height: images.height, channels: 4, pixels: pixels)
    }

    private init(cutOuts folder: String, seed: UInt64) throws(WorkloadError) {
        var all: [[[Picture]]] = []
        classNames = try FolderListing.folders(folder)
        guard classNames.count >= 2 else {
            throw WorkloadError(
                .badData, "\(folder): expected a folder per class, at least two, found \(classNames.count)")
        }
        for (label, name) in classNames.enumerated() {
            let files = Self.files(folder + "/" + name)
            guard files.count >= 5 else {
                throw WorkloadError(
                    .badData, "\(folder)/\(name): expected at least 5 PNG files with alpha, found \(files.count)")
            }
            let order = CounterPermutation(
                count: files.count, generator: CounterGenerator(seed: seed, stream: Self.stream + UInt64(label)))
            let bounds = [
                0, Int(Double(files.count) * Self.shares.training),
                Int(Double(files.count) * (Self.shares.training + Self.shares.validation)), files.count,
            ]
            var splits: [[Picture]] = []
            for split in 0..<3 {
                var pictures: [Picture] = []
                for place in bounds[split]..<bounds[split + 1] { pictures.append(try Self.cutOut(files[order[place]])) }
                splits.append(pictures)
            }
            all.append(splits)
        }
        pictures = all
    }

    private static func cutOut(_ path: String) throws(WorkloadError) -> Picture {
        let picture = try Picture.read(path)
        guard picture.channels == 4 || picture.channels == 2, picture.alpha.contains(where: { $0 < 128 }),
            picture.alpha.contains(where: { $0 >= 128 })
        else {
            throw WorkloadError(
                .badData, "\(path): expected a picture with an alpha channel that cuts something out, found none")
        }
        let alpha = picture.alpha
        let colour = picture.converted(channels: 3)
        let pixels = alpha.indices.flatMap { place -> [UInt8] in
            Array(colour.pixels[3 * place..<3 * place + 3]) + [alpha[place]]
        }
        return Picture(width: picture.width, height: picture.height, channels: 4, pixels: pixels)
    }

    private static func files(_ folder: String) -> [String] {
        let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        return names.filter { $0.lowercased().hasSuffix(".png") }.sorted().map { folder + "/" + $0 }
    }
}
