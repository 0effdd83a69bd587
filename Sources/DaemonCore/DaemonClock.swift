import Glibc
import HyperSchedProtocol

/// The clock of the daemon: the only one whose instants mean anything. It never goes backwards.
protocol DaemonClock: Sendable {
    func now() -> Timestamp
    /// Returns when `instant` has come, or at once when it has passed.
    /// - Throws: `CancellationError` when the task is cancelled before that.
    func sleep(until instant: Timestamp) async throws
}

/// The wall clock, read once at the start; from then on only time that has passed counts. A jump of the wall clock
/// (NTP, a hand on `date`) moves no deadline.
struct AnchoredClock: DaemonClock {
    private let anchor: Timestamp
    private let start: Int64

    /// - Parameter latest: the latest instant that an earlier process has stored. The clock goes on from there when the
    ///   wall clock has been set back since.
    init(notBefore latest: Timestamp) {
        let wall = Timestamp(milliseconds: Self.milliseconds(CLOCK_REALTIME))
        anchor = max(wall, latest)
        secondsAhead = anchor.seconds(since: wall)
        start = Self.milliseconds(CLOCK_BOOTTIME)
    }

    /// How far the wall clock was behind the latest stored instant at the start, seconds; 0: it was not.
    let secondsAhead: Double

    func now() -> Timestamp {
        Timestamp(milliseconds: anchor.milliseconds + Self.milliseconds(CLOCK_BOOTTIME) - start)
    }

    func sleep(until instant: Timestamp) async throws {
        let left = instant.milliseconds - now().milliseconds
        if left > 0 { try await Task.sleep(for: .milliseconds(left)) }
    }

    /// Milliseconds of a clock of the kernel. CLOCK_BOOTTIME also counts while the machine is suspended.
    private static func milliseconds(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
