import CImage
public import Foundation
public import Torch

/// An image in memory: rows from the top, channels interleaved, 8 bits each.
public struct Picture: Equatable, Sendable {
    /// A larger image is refused before it is unpacked.
    public static let pixelLimit = 100_000_000

    public let width: Int
    public let height: Int
    /// 1 grey, 2 grey and alpha, 3 colour, 4 colour and alpha.
    public let channels: Int
    public let pixels: [UInt8]

    public init(width: Int, height: Int, channels: Int, pixels: [UInt8]) {
        precondition(pixels.count == width * height * channels && (1...4).contains(channels))
        self.width = width
        self.height = height
        self.channels = channels
        self.pixels = pixels
    }

    /// Reads a PNG or JPEG file; the first bytes say which it is.
    /// - Throws: `.badData` naming the file, what was expected and what was found; `.missingLibrary` where this program
    ///   was built without the decoder.
    public static func read(_ path: String) throws(WorkloadError) -> Picture {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
        } catch {
            throw WorkloadError(.badData, "\(path): cannot be read: \(error.localizedDescription)")
        }
        return try decode(data, path: path)
    }

    /// - Parameter path: what errors call the data.
    public static func decode(_ data: Data, path: String) throws(WorkloadError) -> Picture {
        let png = data.starts(with: [0x89, 0x50, 0x4E, 0x47])
        guard png || data.starts(with: [0xFF, 0xD8, 0xFF]) else {
            let found = data.isEmpty ? "an empty file" : "bytes \([UInt8](data.prefix(4)))"
            throw WorkloadError(.badData, "\(path): expected a PNG or JPEG file, found \(found)")
        }
        var image = cimage()
        let status = data.withUnsafeBytes { bytes in
            let start = bytes.bindMemory(to: UInt8.self).baseAddress
            return png
                ? cimage_decode_png(start, bytes.count, UInt64(pixelLimit), &image)
                : cimage_decode_jpeg(start, bytes.count, UInt64(pixelLimit), &image)
        }
        defer { cimage_free(&image) }
        guard status == Int32(CIMAGE_OK) else { throw failure(status, png: png, image, path) }
        let (width, height, channels) = (Int(image.width), Int(image.height), Int(image.channels))
        let pixels = Array(UnsafeBufferPointer(start: image.pixels, count: width * height * channels))
        return Picture(width: width, height: height, channels: channels, pixels: pixels)
    }

    private static func failure(_ status: Int32, png: Bool, _ image: cimage, _ path: String) -> WorkloadError {
        let format = png ? "PNG" : "JPEG"
        guard status != Int32(CIMAGE_MISSING) else {
            let package = png ? "libpng-dev" : "libturbojpeg0-dev"
            return WorkloadError(
                .missingLibrary,
                "\(path): this program was built without \(format) support: install \(package), then rebuild: "
                    + "swift build --manifest-cache none")
        }
        let reason = withUnsafeBytes(of: image.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return WorkloadError(.badData, "\(path): expected a valid \(format) file, found: \(reason)")
    }

    /// The bytes of a PNG file.
    public func encodedPNG() throws(WorkloadError) -> Data {
        var image = cimage()
        let status = cimage_encode_png(pixels, UInt32(width), UInt32(height), UInt32(channels), &image)
        defer { cimage_free(&image) }
        guard status == Int32(CIMAGE_OK), let start = image.pixels else {
            throw Self.failure(status, png: true, image, "picture")
        }
        return Data(bytes: start, count: Int(image.width))
    }
}

extension Picture {
    /// The same picture with 1 (grey, by ITU-R 601 luma as PIL's `convert("L")`) or 3 channels; alpha is dropped.
    public func converted(channels wanted: Int) -> Picture {
        precondition(wanted == 1 || wanted == 3)
        if wanted == channels { return self }
        var result: [UInt8] = []
        result.reserveCapacity(width * height * wanted)
        for start in Swift.stride(from: 0, to: pixels.count, by: channels) {
            let isGrey = channels <= 2
            let (r, g, b) = (pixels[start], pixels[start + (isGrey ? 0 : 1)], pixels[start + (isGrey ? 0 : 2)])
            if wanted == 3 {
                result += [r, g, b]
            } else if isGrey {
                result.append(r)
            } else {
                // PIL's own rounding: 16 fraction bits, weights 0.299, 0.587, 0.114.
                let luma: UInt32 = UInt32(r) * 19595 + UInt32(g) * 38470 + UInt32(b) * 7471
                result.append(UInt8((luma + 0x8000) >> 16))
            }
        }
        return Picture(width: width, height: height, channels: wanted, pixels: result)
    }

    /// The alpha channel, 255 everywhere where there is none.
    public var alpha: [UInt8] {
        guard channels == 2 || channels == 4 else { return [UInt8](repeating: 255, count: width * height) }
        return Swift.stride(from: channels - 1, to: pixels.count, by: channels).map { pixels[$0] }
    }

    /// `[channels, height, width]` uint8.
    public func tensor() throws(TorchError) -> Tensor {
        try Tensor.of(pixels, shape: [height, width, channels]).permuted([2, 0, 1]).contiguous()
    }

    /// To another size without keeping the aspect, as PIL's `resize` with the same filter: bilinear or bicubic with a
    /// filter that widens where the image shrinks, rounded to whole values.
    public func resized(width newWidth: Int, height newHeight: Int, _ filter: Interpolation = .bilinear)
        throws(TorchError) -> Picture
    {
        if newWidth == width && newHeight == height { return self }
        let input = try tensor().insertingAxis(0).converted(to: .float32)
        let resized = try input.resized(height: newHeight, width: newWidth, filter, antialias: true)
        let bytes = try resized.rounded().clamped(0...255).converted(to: .uint8).permuted([0, 2, 3, 1])
        return Picture(width: newWidth, height: newHeight, channels: channels, pixels: try bytes.values(UInt8.self))
    }
}
