import Foundation

/// Which feature maps an image has. All images of a set have the same.
public struct FeatureLayout: Equatable, Sendable {
    public struct Layer: Equatable, Sendable {
        public let channels: Int
        public let height: Int
        public let width: Int

        public var text: String { "\(channels)x\(height)x\(width)" }
    }

    /// What the denoiser was asked at, least noisy first; -1 is the clean image. Where the files do not say it, the
    /// authors' numbers, or 0 for maps without a timestep.
    public let timesteps: [Int]
    public let layers: [Layer]

    /// One line, for checkpoints and messages.
    public var text: String {
        "timesteps \(timesteps.map(String.init).joined(separator: ",")); "
            + "layers \(layers.map(\.text).joined(separator: ","))"
    }

    public init(timesteps: [Int], layers: [Layer]) {
        self.timesteps = timesteps
        self.layers = layers
    }

    /// Reads ``text``; nil where it is something else.
    public init?(text: String) {
        let parts = text.components(separatedBy: "; ")
        guard parts.count == 2, parts[0].hasPrefix("timesteps "), parts[1].hasPrefix("layers ") else { return nil }
        let steps = parts[0].dropFirst(10).split(separator: ",").map { Int($0) }
        let sizes = parts[1].dropFirst(7).split(separator: ",").map { $0.split(separator: "x").compactMap { Int($0) } }
        guard !steps.isEmpty, !sizes.isEmpty, steps.allSatisfy({ $0 != nil }), sizes.allSatisfy({ $0.count == 3 })
        else { return nil }
        timesteps = steps.compactMap { $0 }
        layers = sizes.map { Layer(channels: $0[0], height: $0[1], width: $0[2]) }
    }

    /// The largest map.
    var extent: ImageExtent {
        layers.map { ImageExtent(width: $0.width, height: $0.height) }.max { $0.cells < $1.cells }
            ?? ImageExtent(width: 1, height: 1)
    }
}
