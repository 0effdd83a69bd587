import HyperSchedProtocol
import Scheduler

/// The search space and how it is searched, for people.
struct SpaceText {
    private let spec: SweepSpec
    /// nil: no end.
    private let size: Int?

    init(_ spec: SweepSpec, size: Int?) {
        self.spec = spec
        self.size = size
    }

    /// "tpe over lr, optimizer: unbounded"
    var line: String {
        let names = spec.parameters.map(\.name).joined(separator: ", ")
        let size = size.map { "\($0) configurations" } ?? "unbounded"
        return "\(spec.method.rawValue) over \(names): \(size)"
    }

    /// "only if    momentum: optimizer is sgd"
    var conditions: [String] {
        spec.parameters.filter { !$0.conditions.isEmpty }.map { parameter in
            let all = parameter.conditions.map { condition in
                "\(condition.parent) is " + condition.values.map(\.text).joined(separator: " or ")
            }
            return "only if    \(parameter.name): " + all.joined(separator: ", ")
        }
    }

    /// Heading of the list of configurations.
    static func firstConfigurations(_ spec: SweepSpec) -> String {
        switch spec.method {
        case .random, .grid, .sobol: return "first configurations"
        case .tpe: return "first configurations, before there are \(TPE.startup) trials to learn from"
        case .external:
            let wait = (spec.external ?? ExternalSearch()).waitSeconds
            return
                "configurations come from another program (POST /api/v1/sweeps/ID/configurations); free slots wait "
                + "\(wait) s for one"
        }
    }
}
