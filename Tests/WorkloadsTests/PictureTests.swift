import Foundation
import Testing
import Torch

@testable import Workloads

@Suite("PNG and JPEG files")
struct PictureTests {
    /// 16x8, left half red, right half blue; written by libjpeg at quality 100 without chroma subsampling.
    static let jpeg = Data(base64Encoded: JPEGSample.base64)!

    @Test(arguments: 1...4) func pngRoundTrip(_ channels: Int) throws {
        let pixels = (0..<5 * 3 * channels).map { UInt8($0 * 5 & 255) }
        let picture = Picture(width: 5, height: 3, channels: channels, pixels: pixels)
        #expect(try Picture.decode(picture.encodedPNG(), path: "x.png") == picture)
    }

    @Test func jpegColours() throws {
        let picture = try Picture.decode(Self.jpeg, path: "x.jpg")
        #expect(picture.width == 16 && picture.height == 8 && picture.channels == 3)
        #expect(picture.pixels[0] > 240 && picture.pixels[2] < 15)
        #expect(picture.pixels[15 * 3] < 15 && picture.pixels[15 * 3 + 2] > 240)
    }

    @Test func wrongFilesAreNamed() throws {
        let png = try Picture(width: 4, height: 4, channels: 1, pixels: [UInt8](repeating: 7, count: 16)).encodedPNG()
        for (bytes, expected) in [
            (Data(), "expected a PNG or JPEG file, found an empty file"),
            (Data("GIF89a".utf8), "expected a PNG or JPEG file, found bytes [71, 73, 70, 56]"),
            (png.prefix(40), "expected a valid PNG file, found: the file ends early"),
            (Self.jpeg.prefix(Self.jpeg.count - 60), "expected a valid JPEG file, found: "),
            (Self.jpeg.prefix(12), "expected a valid JPEG file, found: "),
        ] {
            let error = #expect(throws: WorkloadError.self) { _ = try Picture.decode(Data(bytes), path: "bird.png") }
            #expect(error?.kind == .badData)
            #expect(error?.message.hasPrefix("bird.png: " + expected) == true, "\(error?.message ?? "")")
        }
    }

    @Test func channels() {
        let colour = Picture(width: 1, height: 2, channels: 4, pixels: [255, 0, 0, 9, 10, 20, 30, 200])
        #expect(colour.converted(channels: 3).pixels == [255, 0, 0, 10, 20, 30])
        // As PIL: 0.299 * 255, and 0.299 * 10 + 0.587 * 20 + 0.114 * 30.
        #expect(colour.converted(channels: 1).pixels == [76, 18])
        #expect(colour.alpha == [9, 200])
        let grey = Picture(width: 1, height: 1, channels: 1, pixels: [5])
        #expect(grey.converted(channels: 3).pixels == [5, 5, 5])
        #expect(grey.alpha == [255])
    }

    @Test(.enabled(if: TorchRuntime.isAvailable, "libtorch is missing"))
    func resizes() throws {
        let row = Picture(width: 4, height: 1, channels: 1, pixels: [0, 0, 100, 100])
        // As PIL 11: Image.fromarray(row).resize((2, 1), Image.BILINEAR).
        #expect(try row.resized(width: 2, height: 1).pixels == [14, 86])
        #expect(try row.tensor().shape() == [1, 1, 4])
    }
}
