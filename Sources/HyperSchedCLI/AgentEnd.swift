import HyperSchedProtocol
import SweepFile

/// When an agent is to be gone, as its user says it.
enum AgentEnd: Hashable {
    case after(Double)
    case at(Timestamp)

    static let lifetimeExpectation = DurationText.expectation
    static let untilExpectation = "an instant with a zone, such as 2026-12-01T08:00:00Z or 2026-12-01T08:00:00+09:00"

    init?(lifetime text: String) {
        guard let seconds = DurationText.seconds(text), seconds > 0 else { return nil }
        self = .after(seconds)
    }

    init?(until text: String) {
        guard let instant = Timestamp(rfc3339: text) else { return nil }
        self = .at(instant)
    }

    /// - Throws: ``CommandFailure`` when the instant is over.
    func seconds(from now: Timestamp) throws -> Double {
        switch self {
        case .after(let seconds): return seconds
        case .at(let instant):
            guard instant > now else {
                throw CommandFailure(
                    .failure,
                    "error: --until \(instant.rfc3339) is in the past (it is \(now.rfc3339)): choose an instant to come"
                )
            }
            return instant.seconds(since: now)
        }
    }
}
