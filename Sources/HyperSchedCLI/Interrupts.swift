import Dispatch
import Glibc
import Synchronization

/// Calls back at each Ctrl-C, SIGTERM and SIGHUP, instead of letting them end the process.
/// The sources do not change after `init`, and cancelling one is safe from any thread: hence unchecked.
final class Interrupts: @unchecked Sendable {
    private static let signals = [SIGINT, SIGTERM, SIGHUP]

    private let sources: [any DispatchSourceSignal]
    private let count = Atomic<Int>(0)

    /// - Parameter received: called with 1, 2, …
    init(_ received: @escaping @Sendable (Int) -> Void) {
        let queue = DispatchQueue(label: "hypersched.interrupts")
        sources = Self.signals.map { number in
            signal(number, SIG_IGN)
            return DispatchSource.makeSignalSource(signal: number, queue: queue)
        }
        for source in sources {
            source.setEventHandler { [weak self] in
                guard let self else { return }
                received(self.count.wrappingAdd(1, ordering: .relaxed).newValue)
            }
            source.resume()
        }
    }

    func cancel() {
        sources.forEach { $0.cancel() }
        for number in Self.signals { signal(number, SIG_DFL) }
    }
}
