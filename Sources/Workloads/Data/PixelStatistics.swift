/// Mean and standard deviation of the pixels of each channel, in units of the bytes (0 to 255).
public struct PixelStatistics: Equatable, Sendable {
    public let means: [Float]
    public let deviations: [Float]

    public init(means: [Float], deviations: [Float]) {
        precondition(means.count == deviations.count)
        self.means = means
        self.deviations = deviations
    }

    /// Over all pixels of all images; a channel without any variation gets deviation 1.
    public init(of images: ImageSet) {
        let plane = images.height * images.width
        var means: [Float] = []
        var deviations: [Float] = []
        for channel in 0..<images.channels {
            var counts = [Int](repeating: 0, count: 256)
            for image in 0..<images.count {
                let start = image * images.imageSize + channel * plane
                for pixel in images.pixels[start..<start + plane] { counts[Int(pixel)] += 1 }
            }
            let total = Double(max(1, images.count * plane))
            let mean = counts.enumerated().reduce(0.0) { $0 + Double($1.offset) * Double($1.element) } / total
            let variance = counts.enumerated().reduce(0.0) { sum, entry in
                let distance = Double(entry.offset) - mean
                return sum + distance * distance * Double(entry.element)
            }
            let deviation = (variance / total).squareRoot()
            means.append(Float(mean))
            deviations.append(deviation > 0 ? Float(deviation) : 1)
        }
        self.init(means: means, deviations: deviations)
    }

    /// `tables[channel][byte]` is the normalised value.
    var tables: [[Float]] {
        zip(means, deviations).map { mean, deviation in (0..<256).map { (Float($0) - mean) / deviation } }
    }
}
