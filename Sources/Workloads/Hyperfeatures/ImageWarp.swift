import Glibc
import Torch

/// A known change of an image: rotation, scale, shift, a smooth displacement, mirroring, brightness and noise. Because
/// it is known, the place of every point of the result in the original is known too.
struct ImageWarp: Sendable {
    /// How strong the changes are.
    struct Strength: Equatable, Sendable {
        /// Degrees either way.
        var rotation = 30.0
        var scale = 0.8...1.2
        /// Of the side of the image.
        var shift = 3.0 / 32
        /// Standard deviation of the displacement, of the side of the image.
        var displacement = 1.2 / 32
        var gamma = 0.6...1.6
        var gain = 0.6...1.0
        /// Standard deviation, of the whole range.
        var noise = 0.08
        /// The fraction of images that are mirrored.
        var mirrored = 0.0
    }

    private static let knots = 4
    let size: Int
    private let angle: Double
    private let factor: Double
    private let shift: (x: Double, y: Double)
    private let isMirrored: Bool
    private let gamma: Double
    private let gain: Double
    private let noise: Double
    private let bends: [(x: Double, y: Double)]
    private let generator: CounterGenerator

    /// - Parameter number: of the pair; the warp is a function of (seed, number).
    init(_ strength: Strength, size: Int, seed: UInt64, number: Int) {
        self.size = size
        let generator = CounterGenerator(seed: seed, stream: 0x7761_7270 &+ UInt64(number) << 32)
        self.generator = generator
        func between(_ range: ClosedRange<Double>, _ counter: UInt64) -> Double {
            range.lowerBound + (range.upperBound - range.lowerBound) * generator.uniform(counter)
        }
        let side = Double(size)
        angle = between(-strength.rotation...strength.rotation, 0) * Double.pi / 180
        factor = between(strength.scale, 1)
        shift = (
            between(-strength.shift...strength.shift, 2) * side, between(-strength.shift...strength.shift, 3) * side
        )
        gamma = between(strength.gamma, 4)
        gain = between(strength.gain, 5)
        isMirrored = generator.uniform(6) < strength.mirrored
        noise = strength.noise
        let deviation = strength.displacement * side
        bends = (0..<(Self.knots + 1) * (Self.knots + 1)).map { knot in
            let place = UInt64(100 + 2 * knot)
            return (deviation * generator.normal(place), deviation * generator.normal(place + 1))
        }
    }

    /// The place in the original that a place of the result shows.
    func origin(of point: ImagePoint) -> ImagePoint {
        let centre = Double(size - 1) / 2
        let (x, y) = (point.x - centre - shift.x, point.y - centre - shift.y)
        let (cosine, sine) = (cos(angle) / factor, sin(angle) / factor)
        let bend = displacement(at: point)
        let across = cosine * x + sine * y
        return ImagePoint(
            x: centre + (isMirrored ? -across : across) + bend.x, y: centre - sine * x + cosine * y + bend.y)
    }

    /// Between the knots of a grid, with continuous slopes.
    private func displacement(at point: ImagePoint) -> (x: Double, y: Double) {
        func place(_ value: Double) -> (knot: Int, part: Double) {
            let scaled = min(max(value / Double(size - 1), 0), 1) * Double(Self.knots)
            let knot = min(Int(scaled), Self.knots - 1)
            let rest = scaled - Double(knot)
            return (knot, rest * rest * (3 - 2 * rest))
        }
        let (column, row) = (place(point.x), place(point.y))
        func mix(_ value: ((x: Double, y: Double)) -> Double) -> Double {
            func at(_ i: Int, _ j: Int) -> Double { value(bends[(row.knot + i) * (Self.knots + 1) + column.knot + j]) }
            let top = at(0, 0) + (at(0, 1) - at(0, 0)) * column.part
            let below = at(1, 0) + (at(1, 1) - at(1, 0)) * column.part
            return top + (below - top) * row.part
        }
        return (mix { $0.x }, mix { $0.y })
    }

    /// The warped image. Outside of the original lies black.
    func callAsFunction(_ image: ObjectImage) -> ObjectImage {
        precondition(image.size == size)
        let plane = size * size
        var pixels = [UInt8](repeating: 0, count: image.pixels.count)
        var mask = [Bool](repeating: false, count: plane)
        for place in 0..<plane {
            let from = origin(of: ImagePoint(x: Double(place % size), y: Double(place / size)))
            mask[place] = isObject(at: from, in: image)
            for channel in 0..<image.channels {
                let value = sample(image, channel, from) / 255
                let grain = noise * generator.normal(UInt64(1000 + channel * plane + place))
                pixels[channel * plane + place] = UInt8(
                    (min(max(gain * pow(value, gamma) + grain, 0), 1) * 255).rounded())
            }
        }
        return ObjectImage(
            name: image.name + "-warped", size: size, channels: image.channels, pixels: pixels, mask: mask)
    }

    private func isObject(at point: ImagePoint, in image: ObjectImage) -> Bool {
        let (x, y) = (Int(point.x.rounded()), Int(point.y.rounded()))
        return (0..<size).contains(x) && (0..<size).contains(y) && image.mask[y * size + x]
    }

    private func sample(_ image: ObjectImage, _ channel: Int, _ point: ImagePoint) -> Double {
        let (left, top) = (floor(point.x), floor(point.y))
        let (right, down) = (point.x - left, point.y - top)
        func pixel(_ x: Double, _ y: Double) -> Double {
            guard x >= 0, y >= 0, x < Double(size), y < Double(size) else { return 0 }
            return Double(image.pixels[(channel * size + Int(y)) * size + Int(x)])
        }
        let upper = pixel(left, top) * (1 - right) + pixel(left + 1, top) * right
        let lower = pixel(left, top + 1) * (1 - right) + pixel(left + 1, top + 1) * right
        return upper * (1 - down) + lower * down
    }
}
