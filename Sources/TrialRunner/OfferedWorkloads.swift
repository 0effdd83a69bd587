import ArgumentParser
import HyperSchedProtocol
import Workloads

/// All workloads of this program.
enum OfferedWorkloads {
    static var all: [any OfferedWorkload.Type] {
        [GALSWorkload.self, HyperfeaturesWorkload.self, LADSWorkload.self, NBDTWorkload.self]
    }

    static var commands: [any ParsableCommand.Type] { all.map { command($0) } }

    static func named(_ name: String) throws(WorkloadError) -> any OfferedWorkload.Type {
        guard let found = all.first(where: { $0.description.name == name }) else {
            let names = all.map { $0.description.name }
            throw WorkloadError(
                .badParameters, "workload: expected one of \(names.joined(separator: ", ")), found \(name)")
        }
        return found
    }

    private static func command<Work: OfferedWorkload>(_: Work.Type) -> any ParsableCommand.Type {
        Work.tools.isEmpty ? WorkloadCommand<Work>.self : WorkloadGroup<Work>.self
    }
}
