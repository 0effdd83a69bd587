/// Files that pages refer to; part of the program, so that a page needs no network but the daemon's own.
public struct DashboardAsset: Sendable {
    public let contentType: String
    public let bytes: [UInt8]

    /// - Parameter name: `style.css`, `live.js` or `icon.svg`.
    public init?(named name: String) {
        switch name {
        case "style.css": self.init("text/css; charset=utf-8", PackageResources.style_css)
        case "live.js": self.init("text/javascript; charset=utf-8", PackageResources.live_js)
        case "icon.svg": self.init("image/svg+xml", PackageResources.icon_svg)
        default: return nil
        }
    }

    private init(_ contentType: String, _ bytes: [UInt8]) {
        self.contentType = contentType
        self.bytes = bytes
    }
}
