import Foundation
import Torch

/// The pictures to embed, with class, domain and split.
public struct EmbeddingPictures: Sendable {
    public enum Split: String, CaseIterable, Sendable {
        case train, val, test, oracle
    }

    struct Entry: Sendable {
        let path: String
        let label: Int
        let domain: Int
        let split: Split
    }

    let entries: [Entry]
    let classNames: [String]
    let domainNames: [String]

    private static let splitStream: UInt64 = 0x656D_6265_64

    /// Folders `root/DOMAIN/CLASS`. Of each class of a source domain a fifth is for validation and a fifth for testing,
    /// drawn once and for all; of the others `oracle` are for the method oracle, the rest for testing. Classes are
    /// those that a source domain has.
    /// - Parameters:
    ///   - sources: names of the source domains.
    ///   - oracle: a fraction from 0 to 1.
    public static func folders(
        _ root: String, sources: [String], oracle: Double
    ) throws(WorkloadError) -> EmbeddingPictures {
        let domains = try FolderListing.folders(root)
        if let missing = sources.first(where: { !domains.contains($0) }) {
            throw WorkloadError(
                .badData, "\(root): expected a folder of the source domain \(missing), found \(domains)")
        }
        var classes: Set<String> = []
        for source in sources {
            let place = root + "/" + source
            classes.formUnion(try FolderListing.folders(place))
        }
        let classNames = classes.sorted()
        guard classNames.count >= 2 else {
            throw WorkloadError(
                .badData,
                "\(root)/\(sources.first ?? ""): expected a folder per class, at least two, found \(classNames)")
        }
        var entries: [Entry] = []
        for (domain, name) in domains.enumerated() {
            for (label, className) in classNames.enumerated() {
                let files = try pictures("\(root)/\(name)/\(className)")
                let shares: [(Split, Double)] =
                    sources.contains(name)
                    ? [(.val, 0.2), (.test, 0.2), (.train, 1)] : [(.oracle, oracle), (.test, 1)]
                if sources.contains(name), files.count < 5 {
                    throw WorkloadError(
                        .badData, "\(root)/\(name)/\(className): expected at least 5 pictures, found \(files.count)")
                }
                entries += split(files, shares, label: label, domain: domain)
            }
        }
        return EmbeddingPictures(entries: entries, classNames: classNames, domainNames: domains)
    }

    private static func split(
        _ files: [String], _ shares: [(Split, Double)], label: Int, domain: Int
    ) -> [Entry] {
        guard !files.isEmpty else { return [] }
        let generator = CounterGenerator(seed: UInt64(label), stream: splitStream + UInt64(domain))
        let order = CounterPermutation(count: files.count, generator: generator)
        var bounds: [(Split, Int)] = []
        var end = 0
        for (split, share) in shares {
            end = min(files.count, end + Int((share * Double(files.count)).rounded()))
            bounds.append((split, end))
        }
        return files.indices.map { place in
            let split = bounds.first { place < $0.1 }?.0 ?? .test
            return Entry(path: files[order[place]], label: label, domain: domain, split: split)
        }
    }

    /// A table as Waterbirds' `metadata.csv`: columns `img_filename`, `y`, `place` and `split` (0 training, 1
    /// validation, 2 test), in any order; others are ignored. Paths are relative to the table's folder.
    public static func table(
        _ path: String, classNames: [String], domainNames: [String]
    ) throws(WorkloadError) -> EmbeddingPictures {
        let lines = try TextLines.read(path)
        let header = lines.first?.split(separator: ",").map(String.init) ?? []
        func column(_ name: String) throws(WorkloadError) -> Int {
            guard let place = header.firstIndex(of: name) else {
                throw WorkloadError(
                    .badData, "\(path): expected the columns img_filename, y, place and split, found \(header)")
            }
            return place
        }
        let columns = [try column("img_filename"), try column("y"), try column("place"), try column("split")]
        let folder = (path as NSString).deletingLastPathComponent
        var entries: [Entry] = []
        for (number, line) in lines.dropFirst().enumerated() {
            let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            let values = columns.dropFirst().map { $0 < fields.count ? Int(fields[$0]) ?? -1 : -1 }
            guard fields.count == header.count, classNames.indices.contains(values[0]),
                domainNames.indices.contains(values[1]), (0...2).contains(values[2])
            else {
                throw WorkloadError(
                    .badData,
                    "\(path): line \(number + 2): expected y below \(classNames.count), place below "
                        + "\(domainNames.count) and split 0 to 2, found '\(line)'")
            }
            entries.append(
                Entry(
                    path: folder + "/" + fields[columns[0]], label: values[0], domain: values[1],
                    split: [.train, .val, .test][values[2]]))
        }
        return EmbeddingPictures(entries: entries, classNames: classNames, domainNames: domainNames)
    }

    func count(_ split: Split) -> Int { entries.count { $0.split == split } }

    private static func pictures(_ folder: String) throws(WorkloadError) -> [String] {
        guard FolderListing.isFolder(folder) else { return [] }
        return try FolderListing.pictures(folder).map { folder + "/" + $0 }
    }
}
