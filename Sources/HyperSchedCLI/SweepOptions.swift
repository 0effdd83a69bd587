import ArgumentParser
import HyperSchedProtocol
import SweepFile

/// Checks of options that say what a sweep file says.
enum SweepOptions {
    static func check(deadline: String?, maxSteps: Int?) throws {
        if let deadline, DurationText.seconds(deadline) == nil, Timestamp(rfc3339: deadline) == nil {
            throw ValidationError(
                "--deadline \(deadline): expected \(DurationText.expectation), or an instant with a zone such as "
                    + "2026-12-01T08:00:00Z")
        }
        if let maxSteps, maxSteps < 1 { throw ValidationError("--max-steps \(maxSteps): expected 1 or more") }
    }
}
