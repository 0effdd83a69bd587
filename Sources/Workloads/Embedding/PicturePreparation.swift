public import Torch

/// How a picture becomes the input of an image encoder.
public struct PicturePreparation: Sendable {
    public enum Fit: String, CaseIterable, Sendable {
        /// The shorter side fills the square, the middle is kept.
        case crop
        /// The whole picture, on white.
        case pad
    }

    /// Pixels of the square.
    public var size = 224
    public var fit = Fit.crop
    public var filter = Interpolation.bicubic
    /// Of red, green and blue, in values from 0 to 1.
    public var means = [0.48145466, 0.4578275, 0.40821073]
    public var deviations = [0.26862954, 0.26130258, 0.27577711]

    /// As CLIP (openai/CLIP, `clip.py`).
    public static let clip = PicturePreparation()

    /// As usual for networks trained on ImageNet.
    public static let imageNet = PicturePreparation(
        means: [0.485, 0.456, 0.406], deviations: [0.229, 0.224, 0.225])

    public init(
        size: Int = 224, fit: Fit = .crop, filter: Interpolation = .bicubic,
        means: [Double] = [0.48145466, 0.4578275, 0.40821073],
        deviations: [Double] = [0.26862954, 0.26130258, 0.27577711]
    ) {
        self.size = size
        self.fit = fit
        self.filter = filter
        self.means = means
        self.deviations = deviations
    }

    /// `[N, 3, size, size]`
    func batch(_ pictures: [Picture]) throws(TorchError) -> Tensor {
        var images: [Tensor] = []
        for picture in pictures { images.append(try square(picture.onWhite()).tensor().converted(to: .float32)) }
        let shape = [1, 3, 1, 1]
        let mean = try Tensor.of(means.map { Float($0 * 255) }, shape: shape)
        let deviation = try Tensor.of(deviations.map { Float($0 * 255) }, shape: shape)
        return try (Tensor.stacked(images) - mean) / deviation
    }

    private func square(_ picture: Picture) throws(TorchError) -> Picture {
        switch fit {
        case .pad: return try picture.padded().resized(width: size, height: size, filter)
        case .crop:
            let short = Swift.min(picture.width, picture.height)
            // As torchvision: the longer side is cut to whole pixels.
            let (width, height) = (picture.width * size / short, picture.height * size / short)
            return try picture.resized(width: width, height: height, filter).centre(size)
        }
    }
}

extension Picture {
    /// Colour without transparency: what is see-through becomes white.
    func onWhite() -> Picture {
        let alpha = alpha
        let colour = converted(channels: 3)
        guard channels == 2 || channels == 4 else { return colour }
        var pixels = colour.pixels
        for place in alpha.indices where alpha[place] < 255 {
            let share = Int(alpha[place])
            for channel in 3 * place..<3 * place + 3 {
                pixels[channel] = UInt8((Int(pixels[channel]) * share + 255 * (255 - share) + 127) / 255)
            }
        }
        return Picture(width: width, height: height, channels: 3, pixels: pixels)
    }

    /// In the middle of a white square.
    fileprivate func padded() -> Picture {
        let side = Swift.max(width, height)
        guard width != height else { return self }
        var pixels = [UInt8](repeating: 255, count: side * side * channels)
        let (left, top) = ((side - width) / 2, (side - height) / 2)
        for row in 0..<height {
            let start = ((row + top) * side + left) * channels
            pixels.replaceSubrange(
                start..<start + width * channels,
                with: self.pixels[row * width * channels..<(row + 1) * width * channels])
        }
        return Picture(width: side, height: side, channels: channels, pixels: pixels)
    }

    /// The square of this size in the middle.
    fileprivate func centre(_ size: Int) -> Picture {
        let left = Int(((Double(width) - Double(size)) / 2).rounded(.toNearestOrEven))
        let top = Int(((Double(height) - Double(size)) / 2).rounded(.toNearestOrEven))
        var pixels: [UInt8] = []
        pixels.reserveCapacity(size * size * channels)
        for row in top..<top + size {
            let start = (row * width + left) * channels
            pixels += self.pixels[start..<start + size * channels]
        }
        return Picture(width: size, height: size, channels: channels, pixels: pixels)
    }
}
