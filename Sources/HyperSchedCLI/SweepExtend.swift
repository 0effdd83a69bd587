import ArgumentParser
import HyperSchedClient
import HyperSchedProtocol
import SweepFile

struct SweepExtend: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "extend", abstract: "Move a sweep's deadline to a later instant.",
        discussion: """
            A sweep that has reached its deadline goes on: what was stopped then runs again from its checkpoint, what \
            was paused can be resumed. A cancelled or failed sweep can not be extended, nor one that reached its target.

            Examples:
              hypersched sweep extend 12 --by 2h
              hypersched sweep extend 12 --deadline 2026-12-01T08:00:00+09:00
            """)

    @OptionGroup var sweep: SweepArgument
    @OptionGroup var global: GlobalOptions
    @Option(help: "The new deadline, an instant with a zone: 2026-12-01T08:00:00Z.") var deadline: String?
    @Option(help: "Time to add, such as 2h or 1h30m: to the deadline, or, once that has passed, to now.")
    var by: String?

    func validate() throws {
        guard (deadline == nil) != (by == nil) else {
            throw ValidationError("give either --deadline INSTANT or --by TIME, such as --by 2h")
        }
        if let deadline, Timestamp(rfc3339: deadline) == nil {
            throw ValidationError(
                "--deadline \(deadline): expected an instant with a zone, such as 2026-12-01T08:00:00+09:00")
        }
        if let by, (DurationText.seconds(by) ?? 0) <= 0 {
            throw ValidationError("--by \(by): expected \(DurationText.expectation)")
        }
    }

    func run() async throws {
        let client = try global.client()
        let before = try await client.sweep(sweep.id)
        let summary = try await client.extendSweep(sweep.id, to: newDeadline(of: before))
        global.printStatus(of: summary)
    }

    /// `--by` counts on the daemon's clock.
    private func newDeadline(of sweep: SweepSummary) -> Timestamp {
        if let deadline { return Timestamp(rfc3339: deadline)! }
        let start = sweep.timeLeftSeconds > 0 ? sweep.spec.deadline : sweep.daemonNow
        return start.advanced(bySeconds: DurationText.seconds(by!)!)
    }
}

extension SweepSummary {
    /// The instant of the answer, by the daemon's clock.
    fileprivate var daemonNow: Timestamp { spec.deadline.advanced(bySeconds: -timeLeftSeconds) }
}
