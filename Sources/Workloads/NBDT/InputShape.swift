/// What a network is fed with.
public struct InputShape: Equatable, Sendable {
    public let channels: Int
    public let height: Int
    public let width: Int

    init(of images: ImageSet) {
        channels = images.channels
        height = images.height
        width = images.width
    }

    init?(text: String) {
        let parts = text.split(separator: "x").map { Int($0) ?? 0 }
        guard parts.count == 3, parts.allSatisfy({ $0 > 0 }) else { return nil }
        (channels, height, width) = (parts[0], parts[1], parts[2])
    }

    var text: String { "\(channels)x\(height)x\(width)" }
}
