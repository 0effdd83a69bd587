/// Who looks at a page: what they may not do is not offered.
public struct Viewer: Hashable, Sendable {
    /// Of the token that they have signed in with; nil: nobody is asked for one.
    let viewerName: String?
    let canSubmit: Bool
    let canAdminister: Bool

    public init(name: String?, canSubmit: Bool, canAdminister: Bool) {
        viewerName = name
        self.canSubmit = canSubmit
        self.canAdminister = canAdminister
    }

    /// Somebody who has not signed in yet.
    public static let guest = Viewer(name: nil, canSubmit: false, canAdminister: false)
}
