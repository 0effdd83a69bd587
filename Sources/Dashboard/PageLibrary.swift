import Mustache

/// The dashboard's templates, read once. They are in `Pages`, and part of the program.
struct PageLibrary: Sendable {
    static let shared = PageLibrary()

    private let library: MustacheLibrary

    private init() {
        let pages: [(String, [UInt8])] = [
            ("layout", PackageResources.layout_mustache), ("sweeps", PackageResources.sweeps_mustache),
            ("sweep", PackageResources.sweep_mustache), ("report", PackageResources.report_mustache),
            ("tiles", PackageResources.tiles_mustache), ("ranking", PackageResources.ranking_mustache),
            ("trial", PackageResources.trial_mustache),
            ("agents", PackageResources.agents_mustache), ("submit", PackageResources.submit_mustache),
            ("problem", PackageResources.problem_mustache), ("signin", PackageResources.signin_mustache),
        ]
        var library = MustacheLibrary()
        for (name, bytes) in pages {
            // A template that can not be read is a mistake of ours that every test of a page finds.
            do { try library.register(String(decoding: bytes, as: UTF8.self), named: name) } catch {
                preconditionFailure("Pages/\(name).mustache: \(error)")
            }
        }
        self.library = library
    }

    /// The page as HTML; everything in `view` is escaped, but for what the template takes as it is.
    func html(_ view: some PageView, for viewer: Viewer) -> String {
        guard let text = library.render(ShownPage(view: view, viewer: viewer), withTemplate: type(of: view).template)
        else {
            preconditionFailure("there is no template \(type(of: view).template)")
        }
        return text
    }
}

/// What a template shows. Names of properties are the names in the template.
protocol PageView {
    static var template: String { get }
    /// Of the window.
    var title: String { get }
}

/// A page and who looks at it: what the page does not have itself is looked up in the viewer.
private struct ShownPage: MustacheParent {
    let values: [String: Any]

    init(view: some PageView, viewer: Viewer) {
        var values: [String: Any] = [:]
        for object in [viewer as Any, view] {
            for (label, value) in Mirror(reflecting: object).children {
                if let label, let value = Self.unwrapped(value) { values[label] = value }
            }
        }
        self.values = values
    }

    func child(named name: String) -> Any? { values[name] }

    /// nil for an optional without a value.
    private static func unwrapped(_ value: Any) -> Any? {
        let mirror = Mirror(reflecting: value)
        return mirror.displayStyle == .optional ? mirror.children.first?.value : value
    }
}
