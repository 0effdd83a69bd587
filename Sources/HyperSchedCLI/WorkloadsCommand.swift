import ArgumentParser
import HyperSchedProtocol

/// `hypersched workloads`: what a sweep file's `workload` may be. Needs neither daemon nor libtorch.
struct WorkloadsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workloads", abstract: "Bundled workloads and their parameters.")

    @Argument(help: "One workload: its parameters, ranges, defaults and metrics.")
    var name: String?

    func run() throws {
        guard let name else {
            let width = WorkloadDescription.all.map(\.name.count).max() ?? 0
            for workload in WorkloadDescription.all {
                print(workload.name + String(repeating: " ", count: width + 2 - workload.name.count) + workload.summary)
            }
            return
        }
        guard let workload = WorkloadDescription.named(name) else {
            let names = WorkloadDescription.all.map(\.name).joined(separator: ", ")
            throw CommandFailure(.failure, "error: no workload \(name); there are \(names)")
        }
        print("\(workload.name): \(workload.summary)\n\(workload.text)")
    }
}
