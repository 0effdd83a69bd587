/// Values in 0...1 as colours over a darkened picture.
enum HeatMap {
    /// From dark to light, evenly spaced (five points of matplotlib's `inferno`).
    private static let colours: [[Double]] = [
        [0, 0, 4], [87, 16, 110], [188, 55, 84], [249, 142, 9], [252, 255, 164],
    ]
    private static let brightness = 0.4

    static func colour(_ value: Double) -> [Double] {
        let place = max(0, min(1, value)) * Double(colours.count - 1)
        let lower = min(colours.count - 2, Int(place))
        let part = place - Double(lower)
        return zip(colours[lower], colours[lower + 1]).map { $0 + part * ($1 - $0) }
    }

    /// - Parameter values: one per pixel of `picture`, which has three channels. The more, the less of the picture
    /// shows.
    static func over(_ picture: Picture, values: [Double]) -> Picture {
        let grey = picture.converted(channels: 1).pixels
        var pixels: [UInt8] = []
        pixels.reserveCapacity(3 * grey.count)
        for (value, under) in zip(values, grey) {
            let share = 0.35 + 0.65 * max(0, min(1, value))
            for channel in colour(value) {
                let mixed = share * channel + (1 - share) * brightness * Double(under)
                pixels.append(UInt8(max(0, min(255, mixed.rounded()))))
            }
        }
        return Picture(width: picture.width, height: picture.height, channels: 3, pixels: pixels)
    }
}
