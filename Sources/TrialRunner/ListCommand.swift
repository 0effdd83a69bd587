import ArgumentParser
import HyperSchedProtocol

struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists the bundled workloads.")

    func run() {
        for workload in WorkloadDescription.all { print("\(workload.name)\t\(workload.summary)") }
    }
}
