public import HyperSchedProtocol

/// Everything that is wrong with a sweep file, in the order of the file's sections.
public struct SweepFileError: Error, Hashable, Sendable {
    /// At least one.
    public let errors: [Problem.FieldError]

    /// As the daemon answers it.
    public var problem: Problem {
        let count = errors.count == 1 ? "1 mistake" : "\(errors.count) mistakes"
        return Problem(
            status: 422, code: "invalid_sweep", title: "the sweep file can not be used",
            detail: "\(count); nothing was started", errors: errors)
    }
}

/// What a good sweep file says.
public struct ParsedSweep: Hashable, Sendable {
    public let spec: SweepSpec
    /// What is legal, but perhaps not meant.
    public let warnings: [String]

    public init(spec: SweepSpec, warnings: [String] = []) {
        self.spec = spec
        self.warnings = warnings
    }
}
