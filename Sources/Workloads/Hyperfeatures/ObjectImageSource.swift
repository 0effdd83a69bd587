import Foundation
import Torch

/// Where the denoiser's images and those of the warped pairs come from. No image is in two of the parts.
struct ObjectImageSource: Sendable {
    enum Kind: String, Sendable {
        case fashionMNIST = "fashion_mnist"
        case folder
    }

    /// What the images are for.
    enum Part: Sendable {
        case denoiser, denoiserValidation, train, val, test
    }

    let kind: Kind
    let folder: String
    let size: Int

    var channels: Int { kind == .fashionMNIST ? 1 : 3 }

    /// - Parameter limit: the first so many of the part; a part is in a fixed random order.
    func images(_ part: Part, limit: Int? = nil) throws(WorkloadError) -> [ObjectImage] {
        switch kind {
        case .fashionMNIST: try fashion(part, limit)
        case .folder: try files(part, limit)
        }
    }

    private func fashion(_ part: Part, _ limit: Int?) throws(WorkloadError) -> [ObjectImage] {
        let set =
            try part == .test ? FashionMNIST.test(folder: folder) : FashionMNIST.read(folder: folder, prefix: "train")
        let ranges: [Part: Range<Int>] = [
            .denoiser: 0..<39_000, .denoiserValidation: 39_000..<40_000, .train: 40_000..<50_000,
            .val: 50_000..<60_000, .test: 0..<10_000,
        ]
        let range = (ranges[part] ?? 0..<0).clamped(to: 0..<set.count)
        let prefix = part == .test ? "t10k" : "train"
        return range.prefix(limit ?? range.count).map { index in
            let start = index * set.imageSize
            return ObjectImage(
                name: "\(prefix)-\(index)", grey: set.pixels[start..<start + set.imageSize], side: set.width, size: size
            )
        }
    }

    private func files(_ part: Part, _ limit: Int?) throws(WorkloadError) -> [ObjectImage] {
        let names = try pictureNames()
        guard names.count >= 20 else {
            throw WorkloadError(.badData, "\(folder): expected at least 20 PNG or JPEG files, found \(names.count)")
        }
        let order = CounterPermutation(count: names.count, generator: CounterGenerator(seed: 0, stream: 0x6F62_6A73))
        let (test, val, watched) = (names.count / 5, names.count / 10, max(1, names.count / 20))
        let range: Range<Int> =
            switch part {
            case .test: 0..<test
            case .val: test..<test + val
            case .denoiserValidation: test + val..<test + val + watched
            // The denoiser sees the training images of the pairs: folders are small. It never sees those measured on.
            case .train, .denoiser: test + val + watched..<names.count
            }
        var images: [ObjectImage] = []
        for place in range {
            if let limit, images.count == limit { break }
            let name = names[order[place]]
            let picture = try Picture.read(folder + "/" + name)
            let image = try WorkloadError.lifting { () throws(TorchError) in
                try ObjectImage(name: Self.flat(name), picture, size: size)
            }
            // Too small an object has no points to find.
            if image.mask.count(where: { $0 }) * 20 >= size * size { images.append(image) }
        }
        return images
    }

    /// `animals/dog.png` becomes `animals-dog`.
    private static func flat(_ name: String) -> String {
        (name as NSString).deletingPathExtension.replacingOccurrences(of: "/", with: "-")
    }

    private func pictureNames() throws(WorkloadError) -> [String] {
        guard let walk = FileManager.default.enumerator(atPath: folder) else {
            throw WorkloadError(.badData, "\(folder): cannot be listed")
        }
        return walk.compactMap { $0 as? String }
            .filter { ["png", "jpg", "jpeg"].contains(($0 as NSString).pathExtension.lowercased()) }.sorted()
    }
}
