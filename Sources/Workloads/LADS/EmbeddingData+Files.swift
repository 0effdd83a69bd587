import Foundation
public import Torch

/// Embeddings on disk: one .safetensors file, or a folder of .npy files with the same names and a `meta.json`.
///
/// `train_features` `[N, D]` (any floating-point type), `train_labels`, `train_domains` (whole numbers `[N]`), perhaps
/// `train_groups`; likewise `val_`, `test_` and perhaps `oracle_`; `text_class` `[K, D]`, `text_source` `[n, K, D]`,
/// `text_target` `[m, K, D]`. Metadata: `classes` and `domains`, JSON lists of names; `target_domains`, a JSON list of
/// the domains that `text_target` describes (else: those that no training row has).
extension EmbeddingData {
    /// - Throws: `.badData` naming the file, what was expected and what was found.
    public static func read(_ path: String) throws(WorkloadError) -> EmbeddingData {
        var folder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &folder) else {
            throw WorkloadError(
                .badData, "\(path): expected a .safetensors file or a folder of .npy files, found nothing")
        }
        let source = folder.boolValue ? try EmbeddingSource(folder: path) : try EmbeddingSource(file: path)
        return try source.data()
    }

    /// The same as a safetensors file, which ``read(_:)`` takes back.
    public func file() throws(TorchError) -> SafetensorsFile {
        var tensors = [NamedTensor(name: "text_class", tensor: texts.classes)]
        if let source = texts.source { tensors.append(NamedTensor(name: "text_source", tensor: source)) }
        if let target = texts.target { tensors.append(NamedTensor(name: "text_target", tensor: target)) }
        for (name, rows) in [("train", training), ("val", validation), ("test", test), ("oracle", oracle)] {
            guard let rows else { continue }
            func add(_ part: String, _ numbers: [Int]) throws(TorchError) {
                let tensor = try Tensor.of(numbers.map(Int64.init))
                tensors.append(NamedTensor(name: "\(name)_\(part)", tensor: tensor))
            }
            tensors.append(NamedTensor(name: name + "_features", tensor: rows.features))
            try add("labels", rows.labels)
            try add("domains", rows.domains)
            if let groups = rows.groups { try add("groups", groups) }
        }
        func list(_ texts: [String]) -> String { "[" + texts.map(JSONText.quote).joined(separator: ",") + "]" }
        var metadata = notes
        metadata["classes"] = list(classNames)
        metadata["domains"] = list(domainNames)
        metadata["target_domains"] = "[" + targetDomains.map(String.init).joined(separator: ",") + "]"
        return SafetensorsFile(tensors: tensors, metadata: metadata)
    }
}

/// Named arrays from either form of file, checked against each other.
private struct EmbeddingSource {
    let path: String
    let tensors: [String: Tensor]
    let metadata: [String: String]

    init(file path: String) throws(WorkloadError) {
        self.path = path
        let file = try WorkloadError.lifting { () throws(TorchError) in try SafetensorsFile.read(path) }
        tensors = Dictionary(file.tensors.map { ($0.name, $0.tensor) }) { first, _ in first }
        metadata = file.metadata
    }

    init(folder path: String) throws(WorkloadError) {
        self.path = path
        var tensors: [String: Tensor] = [:]
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        for name in names.sorted() where name.hasSuffix(".npy") {
            let tensor = try WorkloadError.lifting { () throws(TorchError) in try NpyFile.read(path + "/" + name) }
            tensors[String(name.dropLast(4))] = tensor
        }
        self.tensors = tensors
        metadata = try Self.metadata(path + "/meta.json")
    }

    private static func metadata(_ path: String) throws(WorkloadError) -> [String: String] {
        guard FileManager.default.fileExists(atPath: path) else { return [:] }
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: path)),
            let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
        else { throw WorkloadError(.badData, "\(path): expected a JSON object, found other bytes") }
        return object.mapValues { value in
            if let text = value as? String { return text }
            let data = try? JSONSerialization.data(withJSONObject: value, options: .fragmentsAllowed)
            return data.map { String(decoding: $0, as: UTF8.self) } ?? ""
        }
    }

    private func wrong(_ name: String, expected: String, found: String) -> WorkloadError {
        WorkloadError(.badData, "\(path): \(name): expected \(expected), found \(found)")
    }

    func data() throws(WorkloadError) -> EmbeddingData {
        let classTexts = try required("text_class", axes: 2)
        let shape = try sizes(classTexts)
        let (classes, width) = (shape[0], shape[1])
        let domainNames = try names("domains")
        let training = try rows("train", width: width, classes: classes, domains: domainNames?.count)
        let validation = try rows("val", width: width, classes: classes, domains: domainNames?.count)
        let test = try rows("test", width: width, classes: classes, domains: domainNames?.count)
        let oracle =
            tensors["oracle_features"] == nil
            ? nil : try rows("oracle", width: width, classes: classes, domains: domainNames?.count)
        let all = training.domains + validation.domains + test.domains
        let domains = domainNames ?? (0...(all.max() ?? 0)).map { "domain \($0)" }
        let classNames = try names("classes") ?? (0..<classes).map { "class \($0)" }
        guard classNames.count == classes else {
            throw wrong("classes", expected: "\(classes) names as text_class has rows", found: "\(classNames.count)")
        }
        let target = try texts("text_target", classes: classes, width: width)
        let texts = try self.texts("text_source", classes: classes, width: width)
        let targets = try targetDomains(training, domains: domains.count, described: target)
        let vectors = try WorkloadError.lifting { () throws(TorchError) in
            try EmbeddingTexts(source: texts, target: target, classes: classTexts)
        }
        return EmbeddingData(
            training: training, validation: validation, test: test, oracle: oracle, texts: vectors,
            classNames: classNames, domainNames: domains, targetDomains: targets,
            notes: metadata.filter { !["classes", "domains", "target_domains"].contains($0.key) })
    }

    private func sizes(_ tensor: Tensor) throws(WorkloadError) -> [Int] {
        try WorkloadError.lifting { () throws(TorchError) in try tensor.shape() }
    }

    /// A floating-point array as float32 with finite values.
    private func required(_ name: String, axes: Int) throws(WorkloadError) -> Tensor {
        guard let tensor = tensors[name] else {
            let some = tensors.keys.sorted().prefix(6).joined(separator: ", ")
            throw wrong(name, expected: "an array of this name", found: some.isEmpty ? "no arrays" : "none (\(some))")
        }
        let shape = try sizes(tensor)
        guard shape.count == axes, shape.allSatisfy({ $0 > 0 }) else {
            throw wrong(name, expected: "\(axes) axes, none of them empty", found: "shape \(shape)")
        }
        return try WorkloadError.lifting { () throws(TorchError) in
            guard [.float16, .bfloat16, .float32, .float64].contains(try tensor.type()) else {
                throw TorchError(
                    kind: .badFile,
                    message: "\(path): \(name): expected floating-point numbers, found \(try tensor.type().rawValue)")
            }
            let values = try tensor.converted(to: .float32)
            guard try values.isFinite().areAllTrue() else {
                throw TorchError(
                    kind: .badFile, message: "\(path): \(name): expected finite numbers, found NaN or infinity")
            }
            return values
        }
    }

    private func texts(_ name: String, classes: Int, width: Int) throws(WorkloadError) -> Tensor? {
        guard tensors[name] != nil else { return nil }
        let tensor = try required(name, axes: 3)
        let shape = try sizes(tensor)
        guard shape[1...] == [classes, width] else {
            throw wrong(name, expected: "shape [prompts, \(classes), \(width)] as text_class", found: "\(shape)")
        }
        return tensor
    }

    private func rows(
        _ split: String, width: Int, classes: Int, domains: Int?
    ) throws(WorkloadError) -> EmbeddingRows {
        let features = try required(split + "_features", axes: 2)
        let shape = try sizes(features)
        guard shape[1] == width else {
            throw wrong(split + "_features", expected: "\(width) columns as text_class", found: "\(shape[1])")
        }
        let labels = try numbers(split + "_labels", count: shape[0], below: classes)
        let domain =
            tensors[split + "_domains"] == nil
            ? [Int](repeating: 0, count: shape[0])
            : try numbers(split + "_domains", count: shape[0], below: domains ?? 10_000)
        let groups =
            tensors[split + "_groups"] == nil
            ? nil : try numbers(split + "_groups", count: shape[0], below: 1_000_000)
        return EmbeddingRows(features: features, labels: labels, domains: domain, groups: groups)
    }

    private func numbers(_ name: String, count: Int, below limit: Int) throws(WorkloadError) -> [Int] {
        guard let tensor = tensors[name] else { throw wrong(name, expected: "\(count) whole numbers", found: "none") }
        let shape = try sizes(tensor)
        let values = try WorkloadError.lifting { () throws(TorchError) in
            try tensor.converted(to: .float64).reshaped([-1]).values(Double.self)
        }
        guard shape == [count] else {
            throw wrong(name, expected: "\(count) numbers as \(name.prefix { $0 != "_" })_features", found: "\(shape)")
        }
        if let bad = values.first(where: { $0 != $0.rounded() || !(0..<Double(limit)).contains($0) }) {
            throw wrong(name, expected: "whole numbers from 0 to \(limit - 1)", found: "\(bad)")
        }
        return values.map { Int($0) }
    }

    private func names(_ key: String) throws(WorkloadError) -> [String]? {
        guard let text = metadata[key] else { return nil }
        guard let names = try? JSONDecoder().decode([String].self, from: Data(text.utf8)), !names.isEmpty else {
            throw wrong(key, expected: "a JSON list of names", found: text)
        }
        return names
    }

    private func targetDomains(
        _ training: EmbeddingRows, domains: Int, described: Tensor?
    ) throws(WorkloadError) -> [Int] {
        var targets = (0..<domains).filter { !Set(training.domains).contains($0) }
        if let text = metadata["target_domains"] {
            guard let listed = try? JSONDecoder().decode([Int].self, from: Data(text.utf8)),
                listed.allSatisfy({ (0..<domains).contains($0) })
            else {
                throw wrong("target_domains", expected: "a JSON list of domains below \(domains)", found: text)
            }
            targets = listed
        }
        if let described {
            let count = try sizes(described)[0]
            guard count == targets.count else {
                throw wrong(
                    "text_target", expected: "\(targets.count) rows, one per target domain (\(targets))",
                    found: "\(count); target_domains may name them")
            }
        }
        return targets
    }
}
