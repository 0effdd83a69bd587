public import HyperSchedProtocol

/// Turns the `command` of a sweep file into an argument vector: W&B's macros and two of our own. Equal configurations
/// give equal bytes, so that a retried trial gets the very same command line.
///
/// | Macro | Becomes |
/// |---|---|
/// | `${env}` | `/usr/bin/env` |
/// | `${interpreter}` | `python3` |
/// | `${program}` | the sweep file's program |
/// | `${args}` | `--name=value` for each parameter, by name |
/// | `${args_no_equals}` | `--name` and `value` as two words |
/// | `${args_no_hyphens}` | `name=value` for each parameter |
/// | `${args_append_hydra}`, `${args_override_hydra}` | `+name=value`, `++name=value` |
/// | `${args_no_boolean_flags}` | as `${args}`, but `--name` for true and nothing for false |
/// | `${args_dotted}`, `${args_dotted_no_hyphens}` | the same, nested ones as `a.b=value` |
/// | `${args_json}` | the configuration as one JSON object |
/// | `${args_json_file}`, `${params_file}` | path of a file with that object |
/// | `${envvar:NAME}` | the variable in the agent's environment |
/// | `${param:NAME}` | the value of one parameter, by its whole name |
///
/// Values have the form that Python gives them, as with W&B: `True`, `None`. Inside of a longer word, `${…}` that is no
/// macro stays as it is: it belongs to the shell that the command starts.
public struct CommandTemplate: Hashable, Sendable {
    public var configuration: Configuration
    /// Path of the file with the configuration as JSON.
    public var parametersFile: String
    public var environment: [String: String]
    /// What `${program}` stands for, where the sweep file has one.
    public var program: String?

    public init(
        configuration: Configuration, parametersFile: String, environment: [String: String], program: String? = nil
    ) {
        self.configuration = configuration
        self.parametersFile = parametersFile
        self.environment = environment
        self.program = program
    }

    /// Puts everything in.
    /// - Throws: ``CommandTemplateError`` for a macro that has no meaning here.
    public func expand(_ command: [String]) throws(CommandTemplateError) -> [String] {
        var arguments: [String] = []
        for element in command {
            if let list = list(for: element) {
                arguments += list
            } else {
                arguments.append(try expandText(element))
            }
        }
        guard let first = arguments.first, !first.isEmpty else { throw .empty }
        return arguments
    }

    /// Macros that become any number of arguments: only as a whole element.
    private func list(for element: String) -> [String]? {
        switch element {
        case "${args}": pairs.map { "--\($0.name)=\($0.text)" }
        case "${args_no_equals}": pairs.flatMap { ["--\($0.name)", $0.text] }
        case "${args_no_hyphens}": pairs.map { "\($0.name)=\($0.text)" }
        case "${args_append_hydra}": pairs.map { "+\($0.name)=\($0.text)" }
        case "${args_override_hydra}": pairs.map { "++\($0.name)=\($0.text)" }
        case "${args_no_boolean_flags}": pairs.compactMap(\.flag)
        case "${args_dotted}": configuration.entries.map { "--\($0.name)=\($0.value.pythonText)" }
        case "${args_dotted_no_hyphens}": configuration.entries.map { "\($0.name)=\($0.value.pythonText)" }
        default: nil
        }
    }

    private var pairs: [ArgumentPair] { ArgumentPair.pairs(of: configuration) }

    /// What is put in is not looked at again: a value with `${…}` in it stays as it is.
    private func expandText(_ element: String) throws(CommandTemplateError) -> String {
        var result = ""
        var rest = element[...]
        while let start = Self.macroStart(in: rest) {
            result += rest[..<start]
            let body = rest[rest.index(start, offsetBy: 2)...]
            guard let end = body.firstIndex(of: "}") else {
                if start == element.startIndex { throw .unknownMacro(String(rest[start...])) }
                return result + rest[start...]
            }
            let macro = rest[start...end]
            result += try value(of: String(body[..<end]), isWholeWord: macro == element[...])
            rest = body[body.index(after: end)...]
        }
        return result + rest
    }

    private static func macroStart(in text: Substring) -> Substring.Index? {
        text.indices.first { text[$0] == "$" && text[$0...].dropFirst().first == "{" }
    }

    private func value(of macro: String, isWholeWord: Bool) throws(CommandTemplateError) -> String {
        switch macro {
        case "env": return "/usr/bin/env"
        case "interpreter": return "python3"
        case "program":
            guard let program else { throw .noProgram }
            return program
        case "args_json": return WireCoding.encodeText(configuration)
        case "args_json_file", "params_file": return parametersFile
        case _ where list(for: "${\(macro)}") != nil: throw .listInsideText("${\(macro)}")
        default: break
        }
        if macro.hasPrefix("param:") {
            let name = String(macro.dropFirst("param:".count))
            guard let value = configuration[name] else { throw .noParameter(name) }
            return value.pythonText
        }
        guard macro.hasPrefix("envvar:") else {
            if isWholeWord { throw .unknownMacro("${\(macro)}") }
            return "${\(macro)}"
        }
        let name = String(macro.dropFirst("envvar:".count))
        guard let text = environment[name] else { throw .variableNotSet(name) }
        return text
    }
}

/// Why a command can not be run.
public enum CommandTemplateError: Error, Hashable, Sendable, CustomStringConvertible {
    case empty
    case unknownMacro(String)
    case listInsideText(String)
    case variableNotSet(String)
    case noProgram
    case noParameter(String)

    public var description: String {
        switch self {
        case .empty: "the sweep's command is empty"
        case .unknownMacro(let macro): "unknown macro \(macro) in the sweep's command"
        case .listInsideText(let macro): "\(macro) must be an element of the command by itself, not a part of one"
        case .variableNotSet(let name):
            "the sweep's command uses ${envvar:\(name)}, which the agent's environment lacks"
        case .noParameter(let name):
            "the sweep's command uses ${param:\(name)}, which this configuration does not have"
        case .noProgram: "the sweep's command uses ${program}, but the sweep has no program"
        }
    }
}
