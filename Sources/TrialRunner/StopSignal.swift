import Synchronization
import Glibc

/// Remembers that the process was asked to stop (SIGTERM, or SIGINT from a terminal).
enum StopSignal {
    private static let raised = Atomic<Bool>(false)

    static var isRaised: Bool { raised.load(ordering: .relaxed) }

    /// Must run before the first signal: the first use sets up the flag, which a handler must not do.
    static func install() {
        raised.store(false, ordering: .relaxed)
        for number in [SIGTERM, SIGINT] {
            signal(number) { _ in StopSignal.raised.store(true, ordering: .relaxed) }
        }
    }
}
