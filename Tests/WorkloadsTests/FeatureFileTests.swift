import Foundation
import HyperSchedProtocol
import Testing
import Torch

@testable import Workloads

@Suite("Hyperfeatures: files and parameters", .enabled(if: TorchRuntime.isAvailable, "libtorch is missing"))
struct FeatureFileTests {
    private func message(_ kind: WorkloadError.Kind = .badData, _ body: () throws -> Void) -> String {
        do {
            try body()
            Issue.record("nothing was thrown")
            return ""
        } catch let error as WorkloadError {
            #expect(error.kind == kind, "\(error.message)")
            return error.message
        } catch let error as TorchError {
            #expect(error.kind == .badFile && kind == .badData, "\(error.message)")
            return error.message
        } catch {
            return "\(error)"
        }
    }

    private func data(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }

    @Test func safetensorsKeepTheirMaps() throws {
        let made = try SyntheticFeatures(pairs: 1)
        let file = try FeatureFile.read(made.path + "/features/val/0-b.safetensors")
        #expect(file.layout.text == "timesteps -1,300; layers 6x4x4,8x8x8")
        #expect(FeatureLayout(text: file.layout.text) == file.layout)
        #expect(file.origin == "made up" && file.imageSize == ImageExtent(width: 16, height: 16))
        #expect(try file.maps[1][0].shape() == [6, 4, 4])
    }

    /// The authors' order in memory: timestep by timestep, layer by layer within.
    @Test func npyHoldsLayersSideBySide() throws {
        let folder = try TemporaryFolder()
        let values = (0..<2 * 5 * 9).map { Float($0) }
        for (name, shape, channels, layers) in [
            ("a", [2, 5, 3, 3], [2, 3], "timesteps 0,1; layers 2x3x3,3x3x3"),
            ("b", [10, 3, 3], [4, 6], "timesteps 0; layers 4x3x3,6x3x3"),
            ("c", [10, 3, 3], [], "timesteps 0; layers 10x3x3"),
        ] {
            let path = "\(folder.path)/\(name).npy"
            try NpyFile.encode(Tensor.of(values, shape: shape)).write(to: URL(fileURLWithPath: path))
            let file = try FeatureFile.read(path, npyChannels: channels)
            #expect(file.layout.text == layers)
            let joined = try file.maps.flatMap { $0 }.flatMap { try $0.values(Float.self) }
            #expect(joined == values)
        }
        let path = folder.path + "/a.npy"
        #expect(
            message { _ = try FeatureFile.read(path, npyChannels: [2, 2]) }
                == "\(path): expected 4 channels, the sum of npy_layers [2, 2], found 5 in shape [2, 5, 3, 3]")
    }

    @Test func brokenFilesAreNamed() throws {
        let made = try SyntheticFeatures(pairs: 1)
        let path = made.path + "/features/train/0-a.safetensors"
        let whole = try data(path)
        func training() throws { _ = try made.training() }
        func with(_ bytes: Data) throws -> String {
            try bytes.write(to: URL(fileURLWithPath: path))
            return message { try training() }
        }
        #expect(try with(whole.prefix(whole.count - 10)).hasPrefix("\(path): not a valid safetensors file: expected"))
        #expect(
            try with(Data("\u{93}NUMPY and more".utf8)).hasPrefix("\(path): not a valid safetensors file: expected"))
        #expect(try with(Data()).contains("expected 8 bytes of header length, found 0 bytes"))
        try whole.write(to: URL(fileURLWithPath: path))
        var file = try SafetensorsFile.read(path)
        file.tensors.removeAll { $0.name == "t5_l1" }
        #expect(try with(file.encoded()) == "\(path): expected a tensor 't5_l1', found none")
        file.tensors = []
        #expect(try with(file.encoded()).hasPrefix("\(path): expected tensors t<step>_l<layer>, found"))
        try FileManager.default.removeItem(atPath: path)
        let stem = path.dropLast(".safetensors".count)
        #expect(
            message { try training() }
                == "\(stem): expected features of train/0-a.png in .safetensors or .npy, found neither")
        try Data("\u{93}NUMPX".utf8).write(to: URL(fileURLWithPath: stem + ".npy"))
        #expect(message { try training() }.hasPrefix("\(stem).npy: not a valid .npy file: expected the magic bytes"))
    }

    @Test func imagesOfOtherShapesAreNamed() throws {
        let made = try SyntheticFeatures(pairs: 2)
        let path = made.path + "/features/train/1-b.safetensors"
        var file = try SafetensorsFile.read(path)
        file.tensors = try file.tensors.map { named in
            guard named.name.hasSuffix("_l0") else { return named }
            return NamedTensor(name: named.name, tensor: try named.tensor.slice(0..<5))
        }
        try file.encoded().write(to: URL(fileURLWithPath: path))
        let found = message { _ = try made.training().run(shouldStop: { false }, report: { _ in }) }
        #expect(found.hasPrefix("\(path): expected features like those of \(made.path)/features/train/0-a.safetensors"))
        #expect(found.hasSuffix("layers 6x4x4,8x8x8, found timesteps -1,300; layers 5x4x4,8x8x8"))
    }

    @Test(arguments: [
        (#"[]"#, "expected at least one pair, found none"),
        (#"{}"#, "expected Array<Any>, found another kind of value"),
        (#"[{"source_path": 3}]"#, "[0].source_path: expected String, found another kind of value"),
        (#"[{}]"#, "[0].source_path: expected a value, found none"),
        ("[", "expected JSON"),
    ])
    func brokenListsAreNamed(_ text: String, _ expected: String) throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/train.json"
        #expect(message { _ = try PairList.read(path) }.hasPrefix("\(path): cannot be read"))
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        let found = message { _ = try PairList.read(path) }
        #expect(found.hasPrefix(path) && found.contains(expected), "\(found)")
    }

    @Test func pairsThatDoNotFitAreNamed() throws {
        let fields = PairFields(path: "list.json", place: "[7]")
        var record = PairList.Record(
            source_path: "a.jpg", target_path: "b.jpg", source_points: [[1, 2], [3, 4]], target_points: [[1, 2]],
            source_bounding_box: [0, 0, 4, 4], target_bounding_box: [0, 0, 4, 4])
        #expect(
            message { _ = try fields.pair(record) }
                == "list.json: [7].target_points: expected 2 points as in source_points, found 1")
        record.target_points = [[1, 2], [3]]
        #expect(message { _ = try fields.pair(record) }.hasSuffix("expected points [x, y], found [3.0]"))
        record.target_points = [[1, 2], [3, 4]]
        record.target_bounding_box = [4, 4, 4, 5]
        #expect(message { _ = try fields.pair(record) }.contains("expected [left, top, right, bottom], found [4.0"))
        record.target_bounding_box = [0, 0, 4, 4]
        #expect(try fields.pair(record).targetPoints[1] == ImagePoint(x: 3, y: 4))
        // Sizes that the list does not have come from the images, which are not there.
        let found = message { _ = try SizedPairs([try fields.pair(record)], imageFolder: "/nowhere") }
        #expect(found.hasPrefix("/nowhere/a.jpg: cannot be read"))
        let spair = SPairAnnotations(root: "/nowhere", layout: "large")
        #expect(
            message { _ = try spair.pairs(.validation) }
                == "/nowhere: expected SPair-71k with /nowhere/Layout/large/val.txt or "
                + "/nowhere/PairAnnotation/val/*.json, found neither")
    }

    @Test func selections() throws {
        let layout = FeatureLayout(
            timesteps: [-1, 100, 300, 600], layers: (1...6).map { .init(channels: $0, height: 8, width: 8) })
        for (timesteps, layers, steps, numbers) in [
            ("all", "all", [0, 1, 2, 3], [0, 1, 2, 3, 4, 5]), ("one", "drop 4", [0], [4, 5]),
            ("every 2", "3", [0, 2], [3]), ("600,-1", "0, 5", [0, 3], [0, 5]),
        ] {
            let chosen = try FeatureSelection(timesteps: timesteps, layers: layers).chosen(from: layout)
            #expect(chosen.timesteps == steps && chosen.layers == numbers)
        }
        for (timesteps, layers, expected) in [
            ("5", "all", "timesteps: expected all, one, every N, or a list of -1,100,300,600, found 5"),
            ("every 0", "all", "found every 0"), ("-1,-1", "all", "found -1,-1"),
            ("all", "6", "layers: expected all, drop N, or a list of 0,1,2,3,4,5, found 6"),
            ("all", "drop 6", "layers: expected to drop fewer than the 6 layers, found drop 6"),
        ] {
            let found = message(.badParameters) {
                _ = try FeatureSelection(timesteps: timesteps, layers: layers).chosen(from: layout)
            }
            #expect(found.hasSuffix(expected), "\(found)")
        }
    }

    @Test func combinationsOfParameters() throws {
        for (settings, expected) in [
            (
                [("projection_dim", ParameterValue.int(48))],
                "norm_groups: expected a divisor of projection_dim / bottleneck_ratio = 12, found 32"
            ),
            (
                [("projection_dim", .int(50)), ("norm_groups", .int(1))],
                "bottleneck_ratio: expected a divisor of projection_dim 50, found 4"
            ), ([("npy_layers", .string("64,x"))], "npy_layers: expected channels such as 1280,640,320, found 64,x"),
        ] {
            let found = message(.badParameters) {
                let values = Configuration(settings.map { (name: $0.0, value: $0.1) })
                _ = try HyperfeaturesConfiguration(Parameters(values, of: .hyperfeatures))
            }
            #expect(found == expected)
        }
    }
}
