import Torch

/// A square image with one object, and where the object is.
struct ObjectImage: Sendable {
    /// For file names.
    let name: String
    let size: Int
    let channels: Int
    /// `[channels, size, size]`
    let pixels: [UInt8]
    /// `[size, size]`
    let mask: [Bool]

    /// A grey image on black: the object is what is brighter than `threshold`. Padded with black to the size.
    init(name: String, grey: ArraySlice<UInt8>, side: Int, size: Int, threshold: UInt8 = 24) {
        let border = (size - side) / 2
        var pixels = [UInt8](repeating: 0, count: size * size)
        let first = grey.startIndex
        for row in 0..<side {
            for column in 0..<side {
                pixels[(row + border) * size + column + border] = grey[first + row * side + column]
            }
        }
        self.init(name: name, size: size, channels: 1, pixels: pixels, mask: pixels.map { $0 > threshold })
    }

    init(name: String, size: Int, channels: Int, pixels: [UInt8], mask: [Bool]) {
        self.name = name
        self.size = size
        self.channels = channels
        self.pixels = pixels
        self.mask = mask
    }

    /// A picture in colour, resized; where it has an alpha channel that is the object, put on black. Without one all of
    /// it is the object.
    init(name: String, _ picture: Picture, size: Int) throws(TorchError) {
        let resized = try picture.premultiplied().resized(width: size, height: size)
        let alpha = resized.alpha
        let colour = resized.converted(channels: 3)
        var planes = [UInt8](repeating: 0, count: 3 * size * size)
        for place in 0..<size * size {
            for channel in 0..<3 { planes[channel * size * size + place] = colour.pixels[3 * place + channel] }
        }
        self.init(name: name, size: size, channels: 3, pixels: planes, mask: alpha.map { $0 > 127 })
    }

    var picture: Picture {
        var interleaved = [UInt8](repeating: 0, count: pixels.count)
        let plane = size * size
        for channel in 0..<channels {
            for place in 0..<plane { interleaved[place * channels + channel] = pixels[channel * plane + place] }
        }
        return Picture(width: size, height: size, channels: channels, pixels: interleaved)
    }

    /// The rectangle around the object; of the whole image where there is none.
    var box: BoundingBox {
        let rows = (0..<size).filter { row in mask[row * size..<(row + 1) * size].contains(true) }
        let columns = (0..<size).filter { column in (0..<size).contains { mask[$0 * size + column] } }
        guard let top = rows.first, let bottom = rows.last, let left = columns.first, let right = columns.last else {
            return BoundingBox(left: 0, top: 0, right: Double(size), bottom: Double(size))
        }
        return BoundingBox(
            left: Double(left), top: Double(top), right: Double(right + 1), bottom: Double(bottom + 1))
    }
}

extension Picture {
    /// Colours times alpha, so that what is transparent is black and resizing does not let its hidden colour out.
    func premultiplied() -> Picture {
        guard channels == 2 || channels == 4 else { return self }
        var result = pixels
        for start in Swift.stride(from: 0, to: pixels.count, by: channels) {
            let alpha = Int(pixels[start + channels - 1])
            for channel in 0..<channels - 1 {
                result[start + channel] = UInt8((Int(pixels[start + channel]) * alpha + 127) / 255)
            }
        }
        return Picture(width: width, height: height, channels: channels, pixels: result)
    }
}
