import Foundation

/// SPair-71k (Min et al., arXiv:1908.10543) as it is distributed: `PairAnnotation/{trn,val,test}/<pair>.json`, listed
/// in `Layout/{large,small}/{trn,val,test}.txt`; images are `JPEGImages/<category>/<name>.jpg`.
public struct SPairAnnotations: Sendable {
    public enum Split: String, CaseIterable, Sendable {
        case training = "trn"
        case validation = "val"
        case test
    }

    private struct Record: Decodable {
        let src_imname: String
        let trg_imname: String
        let src_imsize: [Int]
        let trg_imsize: [Int]
        let src_bndbox: [Double]
        let trg_bndbox: [Double]
        let src_kps: [[Double]]
        let trg_kps: [[Double]]
        let category: String
    }

    let root: String
    /// `large` or `small`.
    let layout: String

    /// The pairs in the order of the layout file; where that is missing, in the order of the file names.
    public func pairs(_ split: Split) throws(WorkloadError) -> [KeypointPair] {
        var pairs: [KeypointPair] = []
        for name in try names(split) {
            pairs.append(try Self.pair("\(root)/PairAnnotation/\(split.rawValue)/\(name).json"))
        }
        return pairs
    }

    private func names(_ split: Split) throws(WorkloadError) -> [String] {
        let list = "\(root)/Layout/\(layout)/\(split.rawValue).txt"
        if FileManager.default.fileExists(atPath: list) { return try TextLines.read(list) }
        let folder = "\(root)/PairAnnotation/\(split.rawValue)"
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let names = files.filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }.sorted().map { String($0.dropLast(5)) }
        guard !names.isEmpty else {
            throw WorkloadError(
                .badData, "\(root): expected SPair-71k with \(list) or \(folder)/*.json, found neither")
        }
        return names
    }

    /// One file of `PairAnnotation`.
    public static func pair(_ path: String) throws(WorkloadError) -> KeypointPair {
        let record = try JSONFile.read(path, as: Record.self)
        return try PairFields(path: path, place: "").pair(
            PairList.Record(
                source_path: "\(record.category)/\(record.src_imname)",
                target_path: "\(record.category)/\(record.trg_imname)", source_points: record.src_kps,
                target_points: record.trg_kps, source_bounding_box: record.src_bndbox,
                target_bounding_box: record.trg_bndbox, category: record.category, source_size: record.src_imsize,
                target_size: record.trg_imsize))
    }
}
