import Foundation
import Torch

/// Images in folders named after their classes, the classes in the order of their names.
///
/// With `train/` and `val/` below the root these are the splits, and `test/` the test images (without it, there are
/// none). TinyImageNet's `val/images` with `val/val_annotations.txt` is understood. With class folders right below the
/// root a tenth of each class, drawn once and for all, is for validation, and another tenth for testing.
public struct ImageFolder: Equatable, Sendable {
    private static let splitStream: UInt64 = 0x7370_6C69_74

    let root: String
    /// Every image is resized to this square; nil where all have one size.
    let size: Int?

    public init(root: String, size: Int?) {
        self.root = root
        self.size = size
    }

    private struct Entry {
        let path: String
        let label: Int32
    }

    private var hasSplits: Bool { FolderListing.isFolder(root + "/train") && FolderListing.isFolder(root + "/val") }

    func splits() throws(WorkloadError) -> ImageSplits {
        guard hasSplits else {
            let classes = try classNames(root)
            let parts = try divided(classes)
            return ImageSplits(
                training: try load(parts.training, classes), validation: try load(parts.validation, classes))
        }
        let classes = try classNames(root + "/train")
        let training = try load(try entries(root + "/train", classes), classes)
        let validation = try load(try validationEntries(classes), classes)
        if let difference = validation.difference(from: training) {
            throw WorkloadError(.badData, "\(root)/val: \(difference)")
        }
        return ImageSplits(training: training, validation: validation)
    }

    func test() throws(WorkloadError) -> ImageSet {
        guard hasSplits else {
            let classes = try classNames(root)
            return try load(try divided(classes).test, classes)
        }
        let classes = try classNames(root + "/train")
        return try load(try entries(root + "/test", classes), classes)
    }

    // MARK: Finding

    private func classNames(_ folder: String) throws(WorkloadError) -> [String] {
        let names = try FolderListing.folders(folder)
        guard names.count >= 2 else {
            throw WorkloadError(.badData, "\(folder): expected a folder per class, at least two, found \(names.count)")
        }
        return names
    }

    private func entries(_ folder: String, _ classes: [String]) throws(WorkloadError) -> [Entry] {
        var found: [Entry] = []
        for (label, name) in classes.enumerated() {
            found += try files(folder + "/" + name).map { Entry(path: $0, label: Int32(label)) }
        }
        return found
    }

    /// The images of a class folder, or of its `images` folder (TinyImageNet).
    private func files(_ folder: String) throws(WorkloadError) -> [String] {
        let inner = folder + "/images"
        let place = FolderListing.isFolder(inner) ? inner : folder
        let images = try FolderListing.pictures(place)
        guard !images.isEmpty else {
            throw WorkloadError(.badData, "\(place): expected .png, .jpg or .jpeg files, found none")
        }
        return images.map { place + "/" + $0 }
    }

    private func validationEntries(_ classes: [String]) throws(WorkloadError) -> [Entry] {
        let list = root + "/val/val_annotations.txt"
        guard FileManager.default.fileExists(atPath: list) else { return try entries(root + "/val", classes) }
        let numbers = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, Int32($0)) })
        var found: [Entry] = []
        for line in try TextLines.read(list) {
            let fields = line.split(separator: "\t").map(String.init)
            guard fields.count >= 2, let label = numbers[fields[1]] else {
                throw WorkloadError(
                    .badData, "\(list): expected a file name, a tab and a class of train/, found \(line)")
            }
            found.append(Entry(path: root + "/val/images/" + fields[0], label: label))
        }
        return found
    }

    private func divided(
        _ classes: [String]
    ) throws(WorkloadError) -> (training: [Entry], validation: [Entry], test: [Entry]) {
        var result: (training: [Entry], validation: [Entry], test: [Entry]) = ([], [], [])
        for (label, name) in classes.enumerated() {
            let paths = try files(root + "/" + name)
            guard paths.count >= 3 else {
                throw WorkloadError(.badData, "\(root)/\(name): expected at least 3 images, found \(paths.count)")
            }
            let order = CounterPermutation(
                count: paths.count, generator: CounterGenerator(seed: UInt64(label), stream: Self.splitStream))
            let held = max(1, paths.count / 10)
            for place in paths.indices {
                let entry = Entry(path: paths[order[place]], label: Int32(label))
                if place < held {
                    result.validation.append(entry)
                } else if place < 2 * held {
                    result.test.append(entry)
                } else {
                    result.training.append(entry)
                }
            }
        }
        return result
    }

    // MARK: Reading

    private func load(_ entries: [Entry], _ classes: [String]) throws(WorkloadError) -> ImageSet {
        let first = try picture(entries[0].path)
        let channels = first.channels <= 2 ? 1 : 3
        var pixels: [UInt8] = []
        pixels.reserveCapacity(entries.count * channels * first.width * first.height)
        for entry in entries {
            let picture = try picture(entry.path).converted(channels: channels)
            guard picture.width == first.width, picture.height == first.height else {
                throw WorkloadError(
                    .badData,
                    "\(entry.path): expected \(first.width)x\(first.height) as the first image, found "
                        + "\(picture.width)x\(picture.height); image_size resizes all images")
            }
            for channel in 0..<channels {
                pixels += Swift.stride(from: channel, to: picture.pixels.count, by: channels)
                    .lazy.map { picture.pixels[$0] }
            }
        }
        return ImageSet(
            channels: channels, height: first.height, width: first.width, classNames: classes, pixels: pixels,
            labels: entries.map(\.label))
    }

    private func picture(_ path: String) throws(WorkloadError) -> Picture {
        let picture = try Picture.read(path)
        guard let size else { return picture }
        return try WorkloadError.lifting { () throws(TorchError) in try picture.resized(width: size, height: size) }
    }
}
