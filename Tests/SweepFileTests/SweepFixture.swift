import HyperSchedProtocol
import SweepFile
import Testing

/// 2026-11-24T06:00:00Z
let now = Timestamp(milliseconds: 1_795_500_000_000)

/// Reads a good file.
func good(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> ParsedSweep {
    switch SweepFileReader.read(text, now: now, defaultSeed: 7) {
    case .success(let parsed): return parsed
    case .failure(let error):
        Issue.record("\(error.errors)", sourceLocation: sourceLocation)
        throw error
    }
}

/// The mistakes of a bad file.
func mistakes(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) -> [Problem.FieldError] {
    switch SweepFileReader.read(text, now: now, defaultSeed: 7) {
    case .success(let parsed):
        Issue.record("accepted: \(parsed.spec)", sourceLocation: sourceLocation)
        return []
    case .failure(let error): return error.errors
    }
}

/// A file whose parts can be exchanged one by one.
struct SweepFixture {
    var program = "program: train.py"
    var method = "method: random"
    var metric = "metric: {name: val_acc, goal: maximize}"
    var parameters = "parameters: {lr: {min: 0.001, max: 0.1}}"
    var block = "in: 6h, steps: {unit: epoch, max: 30}"
    var more = ""

    var text: String { [program, method, metric, parameters, "hypersched: {\(block)}", more].joined(separator: "\n") }

    /// The domain of the parameter `x` written as `body`.
    static func domain(_ body: String) throws -> ParameterDomain {
        var fixture = SweepFixture()
        fixture.parameters = "parameters: {x: {\(body)}}"
        return try good(fixture.text).spec.parameters[0].domain
    }
}
