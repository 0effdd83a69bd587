public import Foundation

/// A list of pairs as the authors of Diffusion Hyperfeatures write it (`annotations/spair_71k_val-360.json`): one JSON
/// array. `source_size` and `target_size`, `[width, height]`, are understood beside theirs; without them the images are
/// asked.
public enum PairList {
    struct Record: Codable {
        var source_path: String
        var target_path: String
        var source_points: [[Double]]
        var target_points: [[Double]]
        var source_bounding_box: [Double]
        var target_bounding_box: [Double]
        var category: String?
        var source_size: [Int]?
        var target_size: [Int]?
    }

    public static func read(_ path: String) throws(WorkloadError) -> [KeypointPair] {
        let records = try JSONFile.read(path, as: [Record].self)
        guard !records.isEmpty else { throw WorkloadError(.badData, "\(path): expected at least one pair, found none") }
        var pairs: [KeypointPair] = []
        for (index, record) in records.enumerated() {
            pairs.append(try PairFields(path: path, place: "[\(index)]").pair(record))
        }
        return pairs
    }

    /// The same list as JSON; keys are in a fixed order.
    public static func encode(_ pairs: [KeypointPair]) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let lines = pairs.map { pair in String(decoding: (try? encoder.encode(record(pair))) ?? Data(), as: UTF8.self) }
        return Data(("[\n" + lines.joined(separator: ",\n") + "\n]\n").utf8)
    }

    static func record(_ pair: KeypointPair) -> Record {
        func list(_ points: [ImagePoint]) -> [[Double]] { points.map { [$0.x, $0.y] } }
        func list(_ box: BoundingBox) -> [Double] { [box.left, box.top, box.right, box.bottom] }
        func list(_ size: ImageExtent?) -> [Int]? { size.map { [$0.width, $0.height] } }
        return Record(
            source_path: pair.source, target_path: pair.target, source_points: list(pair.sourcePoints),
            target_points: list(pair.targetPoints), source_bounding_box: list(pair.sourceBox),
            target_bounding_box: list(pair.targetBox), category: pair.category, source_size: list(pair.sourceSize),
            target_size: list(pair.targetSize))
    }
}

/// Checks the fields of one pair of a file.
struct PairFields {
    let path: String
    /// Where in the file, for messages; may be empty.
    let place: String

    func pair(_ record: PairList.Record) throws(WorkloadError) -> KeypointPair {
        let source = try points(record.source_points, "source_points")
        let target = try points(record.target_points, "target_points")
        guard source.count == target.count else {
            throw wrong("target_points", "\(source.count) points as in source_points", "\(target.count)")
        }
        guard !source.isEmpty else { throw wrong("source_points", "at least one point", "none") }
        return KeypointPair(
            source: record.source_path, target: record.target_path, sourcePoints: source, targetPoints: target,
            sourceSize: try size(record.source_size, "source_size"),
            targetSize: try size(record.target_size, "target_size"),
            sourceBox: try box(record.source_bounding_box, "source_bounding_box"),
            targetBox: try box(record.target_bounding_box, "target_bounding_box"), category: record.category ?? "")
    }

    func points(_ values: [[Double]], _ field: String) throws(WorkloadError) -> [ImagePoint] {
        guard values.allSatisfy({ $0.count == 2 && $0[0].isFinite && $0[1].isFinite }) else {
            throw wrong(field, "points [x, y]", "\(values.first { $0.count != 2 } ?? [])")
        }
        return values.map { ImagePoint(x: $0[0], y: $0[1]) }
    }

    func box(_ values: [Double], _ field: String) throws(WorkloadError) -> BoundingBox {
        guard values.count == 4, values[2] > values[0], values[3] > values[1] else {
            throw wrong(field, "[left, top, right, bottom]", "\(values)")
        }
        return BoundingBox(left: values[0], top: values[1], right: values[2], bottom: values[3])
    }

    /// Width and height; what follows them (SPair-71k: the channels) is left alone.
    func size(_ values: [Int]?, _ field: String) throws(WorkloadError) -> ImageExtent? {
        guard let values else { return nil }
        guard values.count >= 2, values[0] > 0, values[1] > 0 else {
            throw wrong(field, "[width, height]", "\(values)")
        }
        return ImageExtent(width: values[0], height: values[1])
    }

    func wrong(_ field: String, _ expected: String, _ found: String) -> WorkloadError {
        let name = place.isEmpty ? field : place + "." + field
        return WorkloadError(.badData, "\(path): \(name): expected \(expected), found \(found)")
    }
}
