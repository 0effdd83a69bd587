public import HyperSchedProtocol

/// The checked parameters of a run, with defaults filled in.
public struct Parameters: Equatable, Sendable {
    public let description: WorkloadDescription
    /// Every parameter that was given or has a default, with its own type, in the description's order. What a
    /// checkpoint is compared by.
    public let values: Configuration

    /// - Throws: `.badParameters` naming everything that is wrong.
    public init(_ given: Configuration, of description: WorkloadDescription) throws(WorkloadError) {
        let problems = description.problems(with: given)
        guard problems.isEmpty else {
            throw WorkloadError(.badParameters, problems.joined(separator: "; "))
        }
        self.description = description
        values = Configuration(
            description.parameters.compactMap { parameter in
                (given[parameter.name].flatMap(parameter.accepted) ?? parameter.defaultValue).map { value in
                    (name: parameter.name, value: value)
                }
            })
    }

    /// Nil where the parameter was left out and has no default. The name must be one of the description's.
    public func value(_ name: String) -> ParameterValue? {
        precondition(description.parameter(named: name) != nil, "\(description.name) has no parameter \(name)")
        return values[name]
    }

    private func required(_ name: String) -> ParameterValue {
        guard let value = value(name) else { preconditionFailure("\(name) has no default: use an optional reader") }
        return value
    }

    public func text(_ name: String) -> String { required(name).text }
    public func real(_ name: String) -> Double { required(name).number! }
    public func int(_ name: String) -> Int { Int(real(name)) }
    public func bool(_ name: String) -> Bool { required(name) == .bool(true) }
    public func optionalText(_ name: String) -> String? { value(name)?.text }
    public func optionalReal(_ name: String) -> Double? { value(name)?.number }
    public func optionalInt(_ name: String) -> Int? { optionalReal(name).map { Int($0) } }

    /// A parameter of kind `.choice` as an enumeration with the same words.
    public func choice<Word: RawRepresentable<String>>(_ name: String, _: Word.Type = Word.self) -> Word {
        guard let word = Word(rawValue: text(name)) else {
            preconditionFailure("\(name): the description allows \(text(name)), \(Word.self) does not know it")
        }
        return word
    }

    /// A weight over the epochs from the parameters `name`, `name_end` and `name_power`.
    public func weightSchedule(_ name: String) -> WeightSchedule {
        WeightSchedule(start: real(name), end: optionalReal(name + "_end"), power: real(name + "_power"))
    }
}
