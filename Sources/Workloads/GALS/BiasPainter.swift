import Torch

/// Puts one thing on one texture. Every choice is a function of (seed, number of the image).
struct BiasPainter {
    private static let stream: UInt64 = 0x7061_696E
    private static let orderStream: UInt64 = 0x7468_696E
    /// The longer side of a thing, as a fraction of the image.
    private static let scales = 0.6...0.95
    /// Factors on a thing's colours, each channel by itself, where it is grey.
    private static let tints = 0.55...1.0
    /// Factors on the texture's colours, each channel by itself.
    private static let lights = 0.8...1.2

    struct Painting {
        let picture: Picture
        /// 255 on the thing, else 0.
        let mask: Picture
        /// The mask's mean in 7x7 cells.
        let cells: [Float]
    }

    let settings: BiasSettings

    /// Numbers for one image.
    private struct Draws {
        let generator: CounterGenerator
        var next: UInt64

        mutating func uniform(_ range: ClosedRange<Double>) -> Double {
            defer { next += 1 }
            return range.lowerBound + (range.upperBound - range.lowerBound) * generator.uniform(next)
        }

        mutating func below(_ bound: Int) -> Int {
            defer { next += 1 }
            return generator.below(bound, next)
        }
    }

    func paint(
        _ sample: BiasBenchmark.Sample, number: Int, things: [Picture], textures: [Picture]
    ) throws(TorchError) -> Painting {
        var draws = Draws(
            generator: CounterGenerator(seed: settings.seed, stream: Self.stream), next: UInt64(number) << 6)
        let ground = try background(textures[draws.below(textures.count)], sample.split, &draws)
        let thing = try foreground(pick(sample, things), &draws)
        let (size, plane) = (settings.size, settings.size * settings.size)
        let left = draws.below(size - thing.width + 1)
        let top = draws.below(size - thing.height + 1)
        var pixels = [UInt8](repeating: 0, count: 3 * plane)
        var mask = [UInt8](repeating: 0, count: plane)
        for y in 0..<size {
            for x in 0..<size {
                let inside = (top..<top + thing.height).contains(y) && (left..<left + thing.width).contains(x)
                let place = inside ? (y - top) * thing.width + x - left : 0
                let cover = inside ? thing.values[3 * thing.width * thing.height + place] : 0
                if cover > 0.5 { mask[y * size + x] = 255 }
                for channel in 0..<3 {
                    let under = ground[channel * plane + y * size + x] * (1 - cover)
                    let over = inside ? thing.values[channel * thing.width * thing.height + place] : 0
                    pixels[3 * (y * size + x) + channel] = UInt8(max(0, min(255, (under + over).rounded())))
                }
            }
        }
        let cells = try Tensor.of(mask.map { Float($0) / 255 }, shape: [1, 1, size, size])
            .adaptiveAveragePool2d(height: 7, width: 7).values(Float.self)
        return Painting(
            picture: Picture(width: size, height: size, channels: 3, pixels: pixels),
            mask: Picture(width: size, height: size, channels: 1, pixels: mask), cells: cells)
    }

    /// Each thing of a class and split as often as any other.
    private func pick(_ sample: BiasBenchmark.Sample, _ things: [Picture]) -> Picture {
        let pass = UInt64(sample.number / things.count)
        let stream = Self.orderStream + UInt64(3 * sample.label + sample.split.rawValue) + pass << 16
        let order = CounterPermutation(
            count: things.count, generator: CounterGenerator(seed: settings.seed, stream: stream))
        return things[order[sample.number % things.count]]
    }

    /// `[3, size, size]`, 0 to 255: a crop of the part of the texture that belongs to the split. Training has the left
    /// half, validation the upper and testing the lower part of the right half.
    private func background(
        _ texture: Picture, _ split: ImageIndex.Split, _ draws: inout Draws
    ) throws(TorchError) -> [Float] {
        let (halfWidth, halfHeight) = (texture.width / 2, texture.height / 2)
        let (columns, rows) =
            switch split {
            case .training: (0..<halfWidth, 0..<texture.height)
            case .validation: (halfWidth..<texture.width, 0..<halfHeight)
            case .test: (halfWidth..<texture.width, halfHeight..<texture.height)
            }
        let side = settings.size + draws.below((BiasBenchmark.widestCrop - 1) * settings.size + 1)
        let left = columns.lowerBound + draws.below(columns.count - side + 1)
        let top = rows.lowerBound + draws.below(rows.count - side + 1)
        let mirrored = draws.below(2) == 1
        let light: [Float] = (0..<3).map { _ in Float(draws.uniform(Self.lights)) }
        var crop = [Float](repeating: 0, count: 3 * side * side)
        for y in 0..<side {
            for x in 0..<side {
                let column: Int = left + (mirrored ? side - 1 - x : x)
                let from: Int = 3 * ((top + y) * texture.width + column)
                for channel in 0..<3 {
                    let value = Float(texture.pixels[from + channel]) * light[channel]
                    crop[(channel * side + y) * side + x] = value
                }
            }
        }
        let tensor = try Tensor.of(crop, shape: [1, 3, side, side])
        return try tensor.resized(height: settings.size, width: settings.size, antialias: true).values(Float.self)
    }

    /// Colours times alpha, 0 to 255, and alpha, 0 to 1: `[4, height, width]`.
    private func foreground(
        _ thing: Picture, _ draws: inout Draws
    ) throws(TorchError) -> (values: [Float], width: Int, height: Int) {
        let isGrey = (0..<thing.width * thing.height).allSatisfy { place in
            let colour = thing.pixels[4 * place..<4 * place + 3]
            return colour.allSatisfy { $0 == colour.first }
        }
        let drawn: [Float] = (0..<3).map { _ in Float(draws.uniform(Self.tints)) }
        let tint: [Float] = isGrey ? drawn : [1, 1, 1]
        let mirrored = draws.below(2) == 1
        let longer = Double(max(thing.width, thing.height))
        let scale: Double = draws.uniform(Self.scales) * Double(settings.size) / longer
        let (width, height) = (fitted(thing.width, scale), fitted(thing.height, scale))
        let plane = thing.width * thing.height
        var values = [Float](repeating: 0, count: 4 * plane)
        for y in 0..<thing.height {
            for x in 0..<thing.width {
                let from = 4 * (y * thing.width + (mirrored ? thing.width - 1 - x : x))
                let alpha = Float(thing.pixels[from + 3]) / 255
                for channel in 0..<3 {
                    values[channel * plane + y * thing.width + x] =
                        Float(thing.pixels[from + channel]) * tint[channel] * alpha
                }
                values[3 * plane + y * thing.width + x] = alpha
            }
        }
        let tensor = try Tensor.of(values, shape: [1, 4, thing.height, thing.width])
        return (try tensor.resized(height: height, width: width, antialias: true).values(Float.self), width, height)
    }

    private func fitted(_ side: Int, _ scale: Double) -> Int {
        max(1, min(settings.size, Int((Double(side) * scale).rounded())))
    }
}
