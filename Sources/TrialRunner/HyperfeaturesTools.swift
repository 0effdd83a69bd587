import ArgumentParser
public import Workloads

extension HyperfeaturesWorkload: OfferedWorkload {
    static var tools: [any ParsableCommand.Type] { [] }
}
