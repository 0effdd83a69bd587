import ArgumentParser

/// `hypersched-trial`: the bundled workloads as trial processes.
@main
struct TrialCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hypersched-trial",
        abstract: "Runs one bundled workload as a trial of a sweep, or by hand.",
        discussion: """
            Started by an agent, a workload reads its parameters from the HYPERSCHED_* variables. \
            Exit codes: 0 done, 75 interrupted (run it again), 64 bad parameters, 65 bad data, 69 libtorch missing, \
            70 failed.
            """,
        version: "0.1.0",
        subcommands: OfferedWorkloads.commands + [EvaluateCommand.self, BenchCommand.self, ListCommand.self])
}
