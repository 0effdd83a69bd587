import Foundation
import HyperSchedProtocol
import Testing
import Torch

@testable import Workloads

@Suite("LADS: files of embeddings", .enabled(if: TorchRuntime.isAvailable, "libtorch is missing"))
struct LADSFileTests {
    private static func small() throws -> EmbeddingData {
        var small = SyntheticEmbeddings()
        (small.trainingRows, small.validationRows, small.testRows) = (12, 8, 8)
        return try small.make(seed: 1)
    }

    private func write(_ file: SafetensorsFile, in folder: TemporaryFolder) throws -> String {
        let path = folder.path + "/x.safetensors"
        try file.encoded().write(to: URL(fileURLWithPath: path))
        return path
    }

    @Test func roundTrip() throws {
        let folder = try TemporaryFolder()
        var data = try Self.small()
        data.oracle = data.test
        let read = try EmbeddingData.read(write(data.file(), in: folder))
        #expect(try read.training.features.isEqual(to: data.training.features))
        #expect(read.test.labels == data.test.labels && read.test.domains == data.test.domains)
        #expect(read.oracle?.count == 8 && read.classNames == data.classNames && read.domainNames == data.domainNames)
        // Texts are scaled to length 1 again, which may change their last bit.
        let (one, two) = (try read.texts.classes.values(Float.self), try data.texts.classes.values(Float.self))
        #expect(zip(one, two).allSatisfy { abs($0 - $1) < 1e-6 })
    }

    /// The same arrays as a folder of .npy files, features in half precision as CLIP caches them.
    @Test func numpyFolders() throws {
        let folder = try TemporaryFolder()
        let data = try Self.small()
        for named in try data.file().tensors {
            let tensor = named.name.hasSuffix("features") ? try named.tensor.converted(to: .float16) : named.tensor
            try NpyFile.encode(tensor).write(to: URL(fileURLWithPath: folder.path + "/\(named.name).npy"))
        }
        let meta = #"{"classes": ["p", "q", "r", "s"], "domains": ["a", "b"], "model": "none"}"#
        try Data(meta.utf8).write(to: URL(fileURLWithPath: folder.path + "/meta.json"))
        let read = try EmbeddingData.read(folder.path)
        #expect(read.classNames == ["p", "q", "r", "s"] && read.domainNames == ["a", "b"])
        #expect(read.notes["model"] == "none")
        #expect(try read.training.features.type() == .float32)
        let (found, given) = (
            try read.training.features.values(Float.self), try data.training.features.values(Float.self)
        )
        #expect(zip(found, given).allSatisfy { abs($0 - $1) < 1e-3 })
    }

    private struct Damage: Sendable, CustomTestStringConvertible {
        let name: String
        let change: @Sendable (inout [String: Tensor]) throws -> Void
        let message: String
        var testDescription: String { name }
    }

    private static let damages: [Damage] = [
        Damage(
            name: "no labels", change: { $0["train_labels"] = nil },
            message: "train_labels: expected 12 whole numbers, found none"),
        Damage(
            name: "other count", change: { $0["val_labels"] = try Tensor.of([0, 1] as [Int64]) },
            message: "val_labels: expected 8 numbers as val_features, found [2]"),
        Damage(
            name: "class out of range",
            change: { $0["test_labels"] = try Tensor.of([Int64](repeating: 4, count: 8)) },
            message: "test_labels: expected whole numbers from 0 to 3, found 4.0"),
        Damage(
            name: "domain out of range",
            change: { $0["test_domains"] = try Tensor.of([Int64](repeating: 2, count: 8)) },
            message: "test_domains: expected whole numbers from 0 to 1, found 2.0"),
        Damage(
            name: "width", change: { $0["val_features"] = try Tensor.zeros([8, 31]) },
            message: "val_features: expected 32 columns as text_class, found 31"),
        Damage(
            name: "texts", change: { $0["text_source"] = try Tensor.zeros([2, 3, 32]) },
            message: "text_source: expected shape [prompts, 4, 32] as text_class, found [2, 3, 32]"),
        Damage(
            name: "axes", change: { $0["train_features"] = try Tensor.zeros([12]) },
            message: "train_features: expected 2 axes, none of them empty, found shape [12]"),
        Damage(
            name: "whole numbers", change: { $0["train_features"] = try Tensor.zeros([12, 32], type: .int64) },
            message: "train_features: expected floating-point numbers, found I64"),
        Damage(
            name: "NaN", change: { $0["test_features"] = try Tensor.full([8, 32], .nan) },
            message: "test_features: expected finite numbers, found NaN or infinity"),
        Damage(
            name: "no classes", change: { $0["text_class"] = nil },
            message: "text_class: expected an array of this name"),
        Damage(
            name: "targets", change: { $0["text_target"] = try Tensor.ones([1, 4, 32]) },
            message: "text_target: expected 0 rows, one per target domain ([]), found 1"),
    ]

    @Test(arguments: damages.indices) func wrongFilesAreNamed(_ index: Int) throws {
        let damage = Self.damages[index]
        let folder = try TemporaryFolder()
        let file = try Self.small().file()
        var tensors = Dictionary(uniqueKeysWithValues: file.tensors.map { ($0.name, $0.tensor) })
        try damage.change(&tensors)
        let named = tensors.map { NamedTensor(name: $0.key, tensor: $0.value) }
        let path = try write(SafetensorsFile(tensors: named, metadata: file.metadata), in: folder)
        let error = #expect(throws: WorkloadError.self) { _ = try EmbeddingData.read(path) }
        #expect(error?.kind == .badData)
        #expect(error?.message.hasPrefix("\(path): \(damage.message)") == true, "\(error?.message ?? "")")
    }

    @Test func metadataThatDoesNotFit() throws {
        let folder = try TemporaryFolder()
        for (key, value, message) in [
            ("classes", #"["a"]"#, "classes: expected 4 names as text_class has rows, found 1"),
            ("domains", "red", "domains: expected a JSON list of names, found red"),
            ("target_domains", "[7]", "target_domains: expected a JSON list of domains below 2, found [7]"),
        ] {
            var file = try Self.small().file()
            file.metadata[key] = value
            let path = try write(file, in: folder)
            let error = #expect(throws: WorkloadError.self) { _ = try EmbeddingData.read(path) }
            #expect(error?.message == "\(path): \(message)")
        }
        let error = #expect(throws: WorkloadError.self) { _ = try EmbeddingData.read(folder.path + "/none") }
        #expect(
            error?.message.contains("expected a .safetensors file or a folder of .npy files, found nothing") == true)
    }

    /// What a method needs of a file is said before training.
    @Test func methodsSayWhatIsMissing() throws {
        let data = try Self.small()
        for (settings, part) in [
            (
                [("setting", .string("domain_shift"))] as [LADSSetting],
                "text_target: expected texts of the target domains"
            ),
            ([("method", .string("oracle")), ("setting", .string("bias"))], "oracle_features: expected real rows"),
        ] {
            let error = #expect(throws: WorkloadError.self) { _ = try LADSWorkload.example(data, settings) }
            #expect(error?.kind == .badData && error?.message.contains(part) == true, "\(error?.message ?? "")")
        }
        var plain = data
        plain.texts = try EmbeddingTexts(source: nil, target: nil, classes: data.texts.classes)
        let error = #expect(throws: WorkloadError.self) { _ = try LADSWorkload.example(plain, []) }
        #expect(error?.message.contains("text_source: expected texts of the source domain") == true)
        // A probe needs none of them.
        _ = try LADSWorkload.example(plain, [("method", .string("lp"))])
    }

    @Test func combinationsThatMakeNoSense() {
        for (settings, part) in [
            ([("neighbour_weight", .real(0.1))] as [LADSSetting], "neighbour_weight: goes with setting bias only"),
            ([("setting", .string("bias")), ("domain_specific_classes", .bool(true))], "domain_specific_classes"),
            ([("setting", .string("bias")), ("source_prompts", .int(1))], "source_prompts: goes with"),
            ([("method", .string("addition")), ("mix", .real(1.5))], "mix: expected at most 1"),
            ([("method", .string("slerp")), ("mix_with", .string("direction"))], "mix_with: direction"),
            ([("method", .string("lp")), ("include_original", .bool(false))], "include_original: expected true"),
            ([("embeddings", .string(""))], "embeddings: expected a .safetensors file"),
        ] {
            let error = #expect(throws: WorkloadError.self) { _ = try LADSConfiguration.example(settings) }
            #expect(error?.kind == .badParameters && error?.message.hasPrefix(part) == true, "\(error?.message ?? "")")
        }
    }

    /// Odd validation rows become test rows.
    @Test func halvedValidation() throws {
        let data = try Self.small()
        let halved = try data.halvingValidation()
        #expect(halved.validation.count == 4 && halved.test.count == 12)
        #expect(halved.validation.labels == [0, 2, 0, 2])
        #expect(halved.test.labels.suffix(4) == [1, 3, 1, 3])
        #expect(try halved.digest() != data.digest())
    }
}
