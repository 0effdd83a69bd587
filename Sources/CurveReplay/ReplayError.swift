/// What is wrong with a table, a recording or a choice, and what to do about it.
public struct ReplayError: Error, Hashable, Sendable, CustomStringConvertible {
    public let what: String
    public let fix: String

    public init(_ what: String, fix: String) {
        self.what = what
        self.fix = fix
    }

    public var description: String { "\(what). Fix: \(fix)" }
}
