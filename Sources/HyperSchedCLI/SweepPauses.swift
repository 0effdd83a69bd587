import ArgumentParser
import HyperSchedClient
import HyperSchedProtocol

struct SweepPauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Stop a sweep's trials with a checkpoint, and start nothing more.",
        discussion: "Its deadline stays as it is: the time goes on. `hypersched sweep resume` lets it go on.")

    @OptionGroup var sweep: SweepArgument
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let summary = try await global.client().pauseSweep(sweep.id)
        global.printStatus(of: summary)
    }
}

struct SweepResume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Let a paused sweep go on.",
        discussion: "Also one that paused itself because its trials failed at their start on every agent.")

    @OptionGroup var sweep: SweepArgument
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let summary = try await global.client().resumeSweep(sweep.id)
        global.printStatus(of: summary)
    }
}

struct SweepRetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Run trials again that ended without a result.",
        discussion: """
            The same configurations, seeds and command lines, from their checkpoints where they have one; their count \
            of failures starts anew. A sweep that has ended goes on until its deadline.

            Example:
              hypersched sweep retry 12 --failed --no-metric
            """)

    @OptionGroup var sweep: SweepArgument
    @OptionGroup var global: GlobalOptions
    @Flag(help: "Those that failed.") var failed = false
    @Flag(help: "Those that never reported the metric.") var noMetric = false
    @Flag(help: "Those whose objective became NaN or infinite.") var diverged = false

    func validate() throws {
        guard !states.isEmpty else { throw ValidationError("give at least one of --failed, --no-metric, --diverged") }
    }

    private var states: [TrialState] {
        (failed ? [.failed] : []) + (noMetric ? [.noMetric] : []) + (diverged ? [.diverged] : [])
    }

    func run() async throws {
        let summary = try await global.client().retryTrials(of: sweep.id, SweepRetry(states: states))
        global.printStatus(of: summary)
    }
}
