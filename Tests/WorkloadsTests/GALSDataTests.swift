import Foundation
import HyperSchedProtocol
import Testing
import Torch

@testable import Workloads

@Suite("Attention supervision: data", .enabled(if: TorchRuntime.isAvailable, "libtorch is missing"))
struct GALSDataTests {
    private let folder: TemporaryFolder
    private var data: String { folder.path + "/data" }

    init() throws {
        folder = try TemporaryFolder()
        try BiasSamples.write(folder.path)
    }

    private func configuration(_ extra: [(name: String, value: ParameterValue)] = []) throws -> GALSConfiguration {
        try GALSConfiguration(Parameters(BiasSamples.configuration(folder.path, extra), of: .gals))
    }

    private func read(_ extra: [(name: String, value: ParameterValue)] = []) throws -> GALSData {
        try configuration(extra).source.read(mapsRequired: true)
    }

    private func failure(_ extra: [(name: String, value: ParameterValue)] = []) -> String {
        do {
            _ = try read(extra)
            return "nothing"
        } catch { return "\(error)" }
    }

    private func write(_ bytes: Data, _ name: String) throws {
        let path = data + "/" + name
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try bytes.write(to: URL(fileURLWithPath: path))
    }

    // MARK: The benchmark

    @Test func benchmarkHasTheGroupsThatWereAskedFor() throws {
        let found = try read()
        #expect(found.training.counts(groups: 4) == [54, 6, 4, 36])
        #expect(found.validation.counts(groups: 4) == [5, 5, 5, 5])
        #expect(found.training.images.shapeText == "3x16x16")
        let birds = try BiasSamples.settings(folder.path, bias: 0.95, training: BiasSettings.waterbirds)
        #expect(birds.trainingCounts(label: 0) == [3498, 184])
        #expect(birds.trainingCounts(label: 1) == [56, 1057])
    }

    /// Inside the mask lies the thing, which is drawn in one shade; outside, the texture.
    @Test func masksCoverTheThings() throws {
        let maps = try #require(try read().training.maps)
        #expect(maps.areMasks)
        let mean = try maps.tensor.mean(axes: [1, 2, 3]).values(Float.self)
        #expect(mean.allSatisfy { (0.05...0.75).contains($0) })
        // Crosses cover less than discs.
        let (crosses, discs) = (mean.prefix(60).reduce(0, +) / 60, mean.suffix(40).reduce(0, +) / 40)
        #expect(crosses < discs)
        let coarse = try #require(try read([("attention", .string("coarse7.npy"))]).training.maps)
        #expect(try coarse.tensor.shape() == [100, 1, 7, 7])
        #expect(!coarse.areMasks)
        let pooled = try maps.tensor.adaptiveAveragePool2d(height: 7, width: 7)
        #expect(try (pooled - coarse.tensor).abs().max().item() < 1e-6)
    }

    @Test func bytesFollowFromTheSeed() throws {
        func make(_ name: String, seed: UInt64) throws -> [Data] {
            _ = try BiasBenchmark(BiasSamples.settings(folder.path, seed: seed)).write(to: folder.path + "/" + name)
            return try ["metadata.csv", "images/000007.png", "masks/images/000115.png", "noisy7.npy"].map {
                try folder.bytes(name + "/" + $0)
            }
        }
        let (first, again, other) = (try make("a", seed: 1), try make("b", seed: 1), try make("c", seed: 2))
        #expect(first == again)
        #expect(first[0] == other[0])
        #expect(zip(first, other).dropFirst().allSatisfy { $0 != $1 })
        let error = #expect(throws: WorkloadError.self) { _ = try make("a", seed: 1) }
        #expect(error?.message.hasSuffix("/a: expected a new folder, found one with metadata.csv in it") == true)
    }

    @Test func benchmarkRefusesBadSources() throws {
        func failure(_ settings: BiasSettings) -> String {
            do {
                _ = try BiasBenchmark(settings)
                return "nothing"
            } catch { return error.message }
        }
        let opaque = folder.path + "/things/disc/0.png"
        try Picture(width: 4, height: 4, channels: 1, pixels: [UInt8](repeating: 9, count: 16)).encodedPNG()
            .write(to: URL(fileURLWithPath: opaque))
        #expect(
            failure(try BiasSamples.settings(folder.path))
                == "\(opaque): expected a picture with an alpha channel that cuts something out, found none")
        try FileManager.default.removeItem(atPath: opaque)
        let three = try BiasSamples.settings(folder.path, training: [5, 5, 5])
        #expect(failure(three).contains("train: expected 2 numbers, one per class of the foregrounds, found 3"))
        let texture = folder.path + "/textures/stripes.png"
        try Picture(width: 20, height: 20, channels: 1, pixels: [UInt8](repeating: 9, count: 400)).encodedPNG()
            .write(to: URL(fileURLWithPath: texture))
        #expect(
            failure(try BiasSamples.settings(folder.path))
                == "\(texture): expected at least 64 pixels on each side, found 20x20")
        try FileManager.default.removeItem(atPath: texture)
        #expect(failure(try BiasSamples.settings(folder.path)).contains("one per class, found 1: noise.png"))
        let error = #expect(throws: WorkloadError.self) { _ = try BiasSamples.settings(folder.path, bias: 1.5) }
        #expect(error?.message == "bias: expected a fraction from 0 to 1, found 1.5")
    }

    // MARK: Index

    private func index(_ text: String, _ columns: ImageIndex.Columns = .init()) throws -> ImageIndex {
        try write(Data(text.utf8), "index.csv")
        return try ImageIndex(path: data + "/index.csv", columns: columns)
    }

    @Test func readsWaterbirdsAndOtherTables() throws {
        let birds = try index(
            """
            img_id,img_filename,y,split,place,place_filename
            1,001.Black/a.jpg,0,0,1,/o/ocean/1.jpg
            2,"002.Lay/b, c.jpg",1,2,0,/f/forest/2.jpg\r
            3,"d ""e"".jpg",1,1,1,x

            """)
        #expect(birds.rows.map(\.file) == ["001.Black/a.jpg", "002.Lay/b, c.jpg", "d \"e\".jpg"])
        #expect(birds.rows.map(\.split) == [.training, .test, .validation])
        #expect(birds.rows.map(birds.group) == [1, 2, 3])
        #expect(birds.groupNames[2] == "y 1 on place 0")
        // The background task: label and place change places.
        let swapped = try ImageIndex(path: birds.path, columns: .init(label: "place", place: "y"))
        #expect(swapped.rows.map(\.label) == [1, 0, 1])
        #expect(swapped.rows.map(swapped.group) == [2, 1, 3])
        let food = try index(
            "label,abs_file_path,part\nsteak,/x/1.jpg,train\nribs,/x/2.jpg,test\n",
            .init(label: "label", split: "part"))
        #expect(food.classNames == ["ribs", "steak"] && food.groupNames == food.classNames)
        #expect(food.rows.map(food.group) == [1, 0])
    }

    @Test func wrongTablesAreNamed() throws {
        func failure(_ text: String, _ columns: ImageIndex.Columns = .init()) -> String {
            do {
                _ = try index(text, columns)
                return "nothing"
            } catch { return "\(error)" }
        }
        let path = data + "/index.csv"
        #expect(failure("") == "\(path): expected a header line, found none")
        #expect(failure("y,split\n0,0\n").contains("expected a column img_filename or filename"))
        #expect(failure("file,y,split\na,0\n") == "\(path): row 1: expected 3 fields as in the header, found 2")
        #expect(
            failure("file,y,split\na,0,0\nb,1,7\n").contains(
                "row 2: split: expected 0, 1, 2 or train, val, test, found 7"))
        #expect(failure("file,y,split\na,0,0\nb,0,1\n") == "\(path): y: expected at least two classes, found 1")
        #expect(
            failure("file,y,split\na,0,0\n", .init(place: "scene")).contains(
                "expected a column scene, found file, y, split"))
    }

    @Test func imagesThatDoNotFitAreNamed() throws {
        let first = data + "/images/000000.png"
        let name = "/images/000003.png"
        let good = try folder.bytes("data" + name)
        try write(good.prefix(60), "images/000003.png")
        #expect(failure().hasPrefix("\(data)\(name): expected a valid PNG file, found: "))
        try write(
            Picture(width: 8, height: 4, channels: 1, pixels: [UInt8](repeating: 1, count: 32)).encodedPNG(),
            "images/000003.png")
        #expect(failure() == "\(data)\(name): expected 16x16 as \(first), found 8x4; image_size resizes all images")
        let resized = try read([("image_size", .int(20))])
        #expect(resized.training.images.shapeText == "3x20x20")
        try FileManager.default.removeItem(atPath: data + name)
        #expect(failure().hasPrefix("\(data)\(name): cannot be read"))
    }

    // MARK: Maps

    @Test func mapsFromFilesOfEachKind() throws {
        let masks = try #require(try read().training.maps).tensor
        let index = try ImageIndex(path: data + "/metadata.csv", columns: .init())
        // One .npy without an axis for several maps.
        let all = try Tensor.concatenated([masks, Tensor.zeros([36, 1, 16, 16])])
        try write(NpyFile.encode(all.droppingAxis(1)), "all.npy")
        #expect(try #require(read([("attention", .string("all.npy"))]).training.maps).tensor.isEqual(to: masks))
        // One .safetensors with a tensor per image, and a folder with files of both kinds.
        var tensors: [NamedTensor] = []
        for (row, entry) in index.rows.enumerated() where entry.split == .training {
            let map = try masks.slice(row..<row + 1).reshaped([16, 16])
            tensors.append(NamedTensor(name: entry.file, tensor: map))
            let stem = (entry.file as NSString).deletingPathExtension
            if row % 2 == 0 {
                try write(NpyFile.encode(map), "each/\(stem).npy")
            } else {
                let named = NamedTensor(name: "unnormalized_attentions", tensor: try map.reshaped([1, 1, 16, 16]))
                try write(SafetensorsFile(tensors: [named]).encoded(), "each/\(stem).safetensors")
            }
        }
        try write(SafetensorsFile(tensors: tensors).encoded(), "all.safetensors")
        for name in ["all.safetensors", "each"] {
            let found = try read([("attention", .string(name))])
            #expect(try #require(found.training.maps).tensor.isEqual(to: masks), "\(name)")
            #expect(found.validation.maps == nil)
        }
        let zeros = try #require(try read([("attention", .string("zeros"))]).training.maps)
        let combined = try #require(try TargetMaps(.averageNonzero, normalises: false).combine(zeros.tensor))
        #expect(combined.samples.count == 100)
        #expect(try combined.maps.max().item() < 1e-30)
    }

    @Test func missingMapsAreNamedOrSkipped() throws {
        try FileManager.default.removeItem(atPath: data + "/masks/images/000002.png")
        #expect(
            failure()
                == "\(data)/masks: expected a map of images/000002.png as images/000002.npy, .safetensors "
                + "or .png, found none; missing_maps=skip trains such images without one")
        let skipped = try #require(try read([("missing_maps", .string("skip"))]).training.maps)
        let combined = try #require(try TargetMaps(.averageNonzero, normalises: false).combine(skipped.tensor))
        #expect(combined.samples == Array(0..<2) + Array(3..<100))
        #expect(failure([("attention", .string("nowhere"))]).contains("/nowhere: expected a map of images/000000.png"))
        let trial = try BiasSamples.trial(
            BiasSamples.configuration(
                folder.path, [("attention", .string("nowhere")), ("missing_maps", .string("skip"))]))
        let error = #expect(throws: WorkloadError.self) { _ = try GALSWorkload(trial) }
        #expect(error?.message == "nowhere: expected maps of training images, found none")
    }

    @Test func mapsThatDoNotFitAreNamed() throws {
        try write(NpyFile.encode(Tensor.zeros([5, 7, 7])), "short.npy")
        #expect(
            failure([("attention", .string("short.npy"))]).contains(
                "short.npy: expected maps [N, P, h, w] or [N, h, w] with N = 136, a row per row of "
                    + "\(data)/metadata.csv, found [5, 7, 7]"))
        try write(folder.bytes("data/coarse7.npy").dropLast(9), "cut.npy")
        #expect(failure([("attention", .string("cut.npy"))]).contains("cut.npy: not a valid .npy file: expected"))
        try write(NpyFile.encode(Tensor.full([136, 2, 2], .nan)), "nan.npy")
        #expect(failure([("attention", .string("nan.npy"))]).contains("nan.npy: expected finite numbers"))
        try write(NpyFile.encode(Tensor.zeros([3, 3])), "mixed/images/000000.npy")
        try write(NpyFile.encode(Tensor.zeros([4, 4])), "mixed/images/000001.npy")
        #expect(
            failure([("attention", .string("mixed"))]).contains(
                "mixed/images/000001.npy: expected maps of shape [1, 3, 3] as \(data)/mixed/images/000000.npy, found "
                    + "[1, 4, 4]"))
        try write(Data("pickle".utf8), "old/images/000000.pth")
        #expect(failure([("attention", .string("old"))]).contains("000000.pth: expected .npy, .safetensors or .png"))
        try write(
            SafetensorsFile(tensors: [NamedTensor(name: "probs", tensor: Tensor.zeros([2]))]).encoded(),
            "named/images/000000.safetensors")
        #expect(
            failure([("attention", .string("named"))]).contains(
                "expected a tensor attention, unnormalized_attentions, mask, found probs"))
    }

    @Test func parametersThatDoNotFitAreNamed() {
        func failure(_ extra: [(name: String, value: ParameterValue)]) -> String {
            do {
                _ = try GALSConfiguration(Parameters(Configuration(extra), of: .gals))
                return "nothing"
            } catch { return "\(error)" }
        }
        #expect(failure([]).hasPrefix("data_dir: expected a folder with metadata.csv"))
        #expect(failure([("data_dir", .string("x"))]).hasPrefix("attention: expected maps, as method is gradcam"))
        let rrr: [(name: String, value: ParameterValue)] = [
            ("data_dir", .string("x")), ("attention", .string("m")), ("method", .string("rrr")),
            ("grad_target", .string("sum_log_probs")),
        ]
        #expect(failure(rrr + [("rrr_weight", .real(10))]).hasPrefix("rrr_weight: expected lambda_eff instead"))
        #expect(failure(rrr + [("rrr_region", .string("inside"))]).hasPrefix("rrr_region: expected outside"))
        #expect(failure(rrr + [("model", .string("script"))]).hasPrefix("backbone: expected a TorchScript file"))
        #expect(failure([("methd", .string("rrr"))]).contains("did you mean method?"))
    }
}
