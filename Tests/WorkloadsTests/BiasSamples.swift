import Foundation
import HyperSchedProtocol
import Torch

@testable import Workloads

/// A small biased data set, made of things and textures that are drawn here.
enum BiasSamples {
    /// Discs against crosses, each in many sizes, on stripes or on noise.
    static func sources(_ folder: String) throws {
        let manager = FileManager.default
        for (name, isDisc) in [("cross", false), ("disc", true)] {
            try manager.createDirectory(atPath: folder + "/things/" + name, withIntermediateDirectories: true)
            for number in 0..<10 {
                let path = "\(folder)/things/\(name)/\(number).png"
                try thing(isDisc: isDisc, number: number).encodedPNG().write(to: URL(fileURLWithPath: path))
            }
        }
        try manager.createDirectory(atPath: folder + "/textures", withIntermediateDirectories: true)
        for (name, isStriped) in [("noise", false), ("stripes", true)] {
            try texture(isStriped: isStriped).encodedPNG()
                .write(to: URL(fileURLWithPath: "\(folder)/textures/\(name).png"))
        }
    }

    private static func thing(isDisc: Bool, number: Int) -> Picture {
        let (side, shade) = (24, UInt8(120 + 12 * number))
        var pixels: [UInt8] = []
        for y in 0..<side {
            for x in 0..<side {
                let dx: Int = abs(2 * x - side + 1)
                let dy: Int = abs(2 * y - side + 1)
                let inside: Bool = isDisc ? dx * dx + dy * dy < side * side : min(dx, dy) < 7
                let alpha: UInt8 = inside ? 255 : 0
                pixels.append(contentsOf: [shade, shade, shade, alpha])
            }
        }
        return Picture(width: side, height: side, channels: 4, pixels: pixels)
    }

    private static func texture(isStriped: Bool) -> Picture {
        let generator = CounterGenerator(seed: 3, stream: 5)
        let pixels = (0..<80 * 80).map { place -> UInt8 in
            guard isStriped else { return UInt8(generator.below(200, UInt64(place))) }
            let stripe: Int = place % 80 / 3
            return stripe % 2 == 0 ? 40 : 160
        }
        return Picture(width: 80, height: 80, channels: 1, pixels: pixels)
    }

    static func settings(
        _ folder: String, seed: UInt64 = 1, bias: Double = 0.9, training: [Int] = [60, 40]
    ) throws -> BiasSettings {
        try BiasSettings(
            foregrounds: .cutOuts(folder: folder + "/things"), textures: folder + "/textures", bias: bias,
            training: training, validation: 5, test: 4, size: 16, seed: seed)
    }

    /// Writes sources and data set; the data set lies in `data`.
    static func write(_ folder: String) throws {
        try sources(folder)
        _ = try BiasBenchmark(settings(folder)).write(to: folder + "/data")
    }

    /// A quick configuration: four batches per epoch, the last one short.
    static func configuration(
        _ folder: String, _ extra: [(name: String, value: ParameterValue)] = []
    ) -> Configuration {
        let own = Set(extra.map(\.name))
        let usual: [(name: String, value: ParameterValue)] = [
            ("data_dir", .string(folder + "/data")), ("attention", .string("masks")), ("batch_size", .int(30)),
            ("attention_images", .int(10)),
        ]
        return Configuration(usual.filter { !own.contains($0.name) } + extra)
    }

    static func trial(
        _ configuration: Configuration, seed: UInt64 = 2, epochs: Int = 3, devices: [Device] = [.cpu]
    ) throws -> Trial {
        try Trial(configuration, of: .gals, seed: seed, totalEpochs: epochs, devices: devices)
    }
}
