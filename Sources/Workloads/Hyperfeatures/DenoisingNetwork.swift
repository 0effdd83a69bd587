import Glibc
import Torch

/// A small UNet that predicts the noise in an image: three levels of `width`, 2 `width` and 4 `width` channels, one
/// residual block per level on the way down, two on the way up.
final class DenoisingNetwork: Network {
    static let levels = 3

    private let first: Conv2d
    private let down: [DenoisingBlock]
    private let shrinking: [Conv2d]
    private let middle: DenoisingBlock
    private let up: [DenoisingBlock]
    private let growing: [Conv2d]
    private let lastNorm: GroupNorm
    private let last: Conv2d
    private let time: [Linear]
    private let embedding: Int

    init(channels: Int, width: Int, seed: UInt64) throws(TorchError) {
        var initial = InitialWeights(seed: seed)
        let embedding = 4 * width
        self.embedding = embedding
        let groups = min(8, width)
        let sizes = (0..<Self.levels).map { width << $0 }
        func block(_ name: String, _ inputs: Int, _ outputs: Int) throws(TorchError) -> DenoisingBlock {
            try DenoisingBlock(
                name: name, inputs: inputs, outputs: outputs, embedding: embedding, groups: groups, initial: &initial)
        }
        func convolution(_ name: String, _ inputs: Int, _ outputs: Int, stride: Int = 1) throws(TorchError) -> Conv2d {
            try Conv2d(
                name: name, inputs: inputs, outputs: outputs, size: 3, stride: stride, bias: true, initial: &initial)
        }
        time = [
            try Linear(name: "time.0", inputs: embedding, outputs: embedding, initial: &initial),
            try Linear(name: "time.1", inputs: embedding, outputs: embedding, initial: &initial),
        ]
        first = try convolution("first", channels, width)
        var (down, shrinking, up, growing): ([DenoisingBlock], [Conv2d], [DenoisingBlock], [Conv2d]) = ([], [], [], [])
        for (level, size) in sizes.enumerated() {
            down.append(try block("down.\(level)", level == 0 ? width : sizes[level - 1], size))
            if level < Self.levels - 1 { shrinking.append(try convolution("shrink.\(level)", size, size, stride: 2)) }
        }
        middle = try block("middle", sizes[Self.levels - 1], sizes[Self.levels - 1])
        for level in (0..<Self.levels).reversed() {
            up.append(try block("up.\(level).0", 2 * sizes[level], sizes[level]))
            up.append(try block("up.\(level).1", sizes[level], sizes[level]))
            if level > 0 { growing.append(try convolution("grow.\(level)", sizes[level], sizes[level - 1])) }
        }
        (self.down, self.shrinking, self.up, self.growing) = (down, shrinking, up, growing)
        lastNorm = try GroupNorm(name: "last.norm", channels: width, groups: groups)
        last = try convolution("last.conv", width, channels)
        // The first prediction is no noise at all, as in the reference code of arXiv:2006.11239.
        try last.weight.copy(from: Tensor.zeros(last.weight.shape()))
    }

    /// - Parameters:
    ///   - images: `[N, channels, size, size]`, from -1 to 1 plus noise; `size` is a multiple of 4.
    ///   - timesteps: one per image; -1 is a clean image.
    /// - Returns: the noise, and the features of the decoder's residual blocks, smallest maps first.
    func callAsFunction(_ images: Tensor, timesteps: [Int]) throws(TorchError) -> (noise: Tensor, features: [Tensor]) {
        let known = try time[1](time[0](Self.waves(timesteps, width: embedding).copied(to: images.device())).silu())
        var values = try first(images)
        var kept: [Tensor] = []
        for (level, block) in down.enumerated() {
            values = try block(values, known).output
            kept.append(values)
            if level < shrinking.count { values = try shrinking[level](values) }
        }
        values = try middle(values, known).output
        var features: [Tensor] = []
        for level in 0..<Self.levels {
            values = try Tensor.concatenated([values, kept[Self.levels - 1 - level]], axis: 1)
            for block in up[2 * level..<2 * level + 2] {
                let (output, branch) = try block(values, known)
                values = output
                features.append(branch)
            }
            guard level < growing.count else { continue }
            let shape = try values.shape()
            values = try growing[level](values.resized(height: 2 * shape[2], width: 2 * shape[3], .nearest))
        }
        return (try last(lastNorm(values).silu()), features)
    }

    /// Sines and cosines of the timestep at `width` / 2 frequencies from 1 down to 1/10000 (Vaswani et al.,
    /// arXiv:1706.03762, section 3.5).
    static func waves(_ timesteps: [Int], width: Int) throws(TorchError) -> Tensor {
        let half = width / 2
        let values = timesteps.flatMap { timestep in
            let angles = (0..<half).map { Double(timestep) * exp(-log(10_000) * Double($0) / Double(half)) }
            return angles.map { Float(cos($0)) } + angles.map { Float(sin($0)) }
        }
        return try Tensor.of(values, shape: [timesteps.count, 2 * half])
    }

    var parameters: [NamedTensor] {
        time.flatMap(\.parameters) + first.parameters + down.flatMap(\.parameters) + shrinking.flatMap(\.parameters)
            + middle.parameters + up.flatMap(\.parameters) + growing.flatMap(\.parameters) + lastNorm.parameters
            + last.parameters
    }
}
