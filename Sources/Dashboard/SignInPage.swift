/// `/login`
public struct SignInPage: PageView {
    static let template = "signin"

    let title = "Sign in"
    let isLive = false
    /// Where to go then.
    let target: String
    let problem: String?

    public init(next: String, problem: String?) {
        target = next
        self.problem = problem
    }

    public func html(for viewer: Viewer) -> String { PageLibrary.shared.html(self, for: viewer) }
}
