import Foundation
import Torch

/// Writes a bias benchmark: `metadata.csv` in Waterbirds' form, `images/`, `masks/images/` (the true masks), and two
/// poorer kinds of maps, `coarse7.npy` (the mask in 7x7 cells, as a vision-language model's map would be) and
/// `noisy7.npy` (the same with normal noise of 0.15). The bytes are a function of the settings and of the source files.
public struct BiasBenchmark {
    private static let cells = 7
    private static let noise = 0.15
    private static let noiseStream: UInt64 = 0x6E6F_6973
    /// How many times wider than the image a crop of a texture may be.
    static let widestCrop = 2

    let settings: BiasSettings
    private let foregrounds: ForegroundPool
    private let textures: TexturePool

    public init(_ settings: BiasSettings) throws(WorkloadError) {
        self.settings = settings
        foregrounds = try ForegroundPool(settings.foregrounds, seed: settings.seed)
        let classes = settings.training.count
        guard foregrounds.pictures.count == classes else {
            throw WorkloadError(
                .badParameters,
                "train: expected \(foregrounds.pictures.count) numbers, one per class of the foregrounds, found "
                    + "\(classes)")
        }
        for (label, splits) in foregrounds.pictures.enumerated() where splits.contains(where: \.isEmpty) {
            throw WorkloadError(.badData, "foregrounds: expected some of class \(label) for each split, found none")
        }
        // Each split takes its crops from a part of its own, at least half as wide and high as the picture.
        textures = try TexturePool(
            folder: settings.textures, places: classes, minimum: 2 * Self.widestCrop * settings.size)
    }

    struct Sample {
        let label: Int
        let place: Int
        let split: ImageIndex.Split
        /// Within the class and split.
        let number: Int
    }

    /// All samples in the order of the index.
    var samples: [Sample] {
        let places = settings.training.count
        return ImageIndex.Split.allCases.flatMap { split in
            (0..<places).flatMap { label in
                let counts =
                    switch split {
                    case .training: settings.trainingCounts(label: label)
                    case .validation: [Int](repeating: settings.validation, count: places)
                    case .test: [Int](repeating: settings.test, count: places)
                    }
                let list = counts.enumerated().flatMap { place, count in [Int](repeating: place, count: count) }
                return list.enumerated().map { Sample(label: label, place: $1, split: split, number: $0) }
            }
        }
    }

    /// - Returns: how many images were written.
    public func write(to folder: String) throws(WorkloadError) -> Int {
        let manager = FileManager.default
        guard !manager.fileExists(atPath: folder + "/metadata.csv") else {
            throw WorkloadError(.badData, "\(folder): expected a new folder, found one with metadata.csv in it")
        }
        for inner in ["/images", "/masks/images"] {
            do {
                try manager.createDirectory(atPath: folder + inner, withIntermediateDirectories: true)
            } catch {
                throw WorkloadError(.failed, "\(folder)\(inner): cannot be made: \(error.localizedDescription)")
            }
        }
        var lines = ["img_id,img_filename,y,split,place,place_filename"]
        var cells: [Float] = []
        let painter = BiasPainter(settings: settings)
        let all = samples
        for (number, sample) in all.enumerated() {
            let things = foregrounds.pictures[sample.label][sample.split.rawValue]
            let made = try WorkloadError.lifting { () throws(TorchError) in
                try painter.paint(
                    sample, number: number, things: things, textures: textures.pictures[sample.place])
            }
            let name = "images/" + String(repeating: "0", count: max(0, 6 - "\(number)".count)) + "\(number).png"
            try Self.write(try made.picture.encodedPNG(), folder + "/" + name)
            try Self.write(try made.mask.encodedPNG(), folder + "/masks/" + name)
            cells += made.cells
            lines.append(
                "\(number),\(name),\(sample.label),\(sample.split.rawValue),\(sample.place),"
                    + textures.placeNames[sample.place])
        }
        try writeCoarse(cells, folder)
        // Last: a folder with an index is complete.
        try Self.write(Data((lines.joined(separator: "\n") + "\n").utf8), folder + "/metadata.csv")
        return all.count
    }

    private func writeCoarse(_ cells: [Float], _ folder: String) throws(WorkloadError) {
        let generator = CounterGenerator(seed: settings.seed, stream: Self.noiseStream)
        let noisy = cells.enumerated().map { place, value in
            max(0, value + Float(Self.noise * generator.normal(UInt64(place))))
        }
        for (name, values) in [("coarse7", cells), ("noisy7", noisy)] {
            let data = try WorkloadError.lifting { () throws(TorchError) in
                try NpyFile.encode(
                    Tensor.of(values, shape: [values.count / (Self.cells * Self.cells), 1, Self.cells, Self.cells]))
            }
            try Self.write(data, "\(folder)/\(name).npy")
        }
    }

    private static func write(_ data: Data, _ path: String) throws(WorkloadError) {
        do {
            try data.write(to: URL(fileURLWithPath: path))
        } catch { throw WorkloadError(.failed, "\(path): cannot be written: \(error.localizedDescription)") }
    }
}
