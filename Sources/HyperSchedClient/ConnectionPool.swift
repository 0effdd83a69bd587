import CCurl
import Foundation
import HyperSchedProtocol
import Synchronization

/// Keeps connections open between calls, and runs each call on a thread of its own: libcurl's calls block, and the
/// threads of Swift's concurrency must not.
final class ConnectionPool: Sendable {
    private static let largestIdleCount = 8
    private let idle = Mutex<[CurlConnection]>([])
    private let certificates: String?

    /// - Parameter certificates: a PEM file of trusted authorities; nil: the system's.
    init(certificates: String? = nil) {
        self.certificates = certificates
        _ = Self.globalSetup
    }

    /// libcurl wants to be initialised once per process.
    private static let globalSetup: CURLcode = curl_global_init(Int(CURL_GLOBAL_DEFAULT))

    func perform(_ request: WireRequest, at address: String, timeoutSeconds: Double) async throws(ClientError)
        -> WireAnswer
    {
        let stop = StopSwitch()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (done: CheckedContinuation<Result<WireAnswer, ClientError>, Never>) in
                let thread = Thread {
                    Self.blockBrokenPipeSignal()
                    done.resume(returning: self.performHere(request, at: address, timeoutSeconds, stop))
                }
                thread.stackSize = 512 * 1024
                thread.start()
            }
        } onCancel: {
            stop.pull()
        }
        return try result.get()
    }

    /// TLS libraries write to sockets in a way that raises SIGPIPE when the other side is gone, and that would end the
    /// process. The signal goes to the thread that writes, so that blocking it here is enough.
    private static func blockBrokenPipeSignal() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    private func performHere(
        _ request: WireRequest, at address: String, _ timeoutSeconds: Double, _ stop: StopSwitch
    ) -> Result<WireAnswer, ClientError> {
        guard let connection = idle.withLock({ $0.popLast() }) ?? CurlConnection(certificates: certificates) else {
            return .failure(.unreachable(url: address, why: "libcurl can not be set up"))
        }
        let result = connection.perform(request, at: address, timeoutSeconds: timeoutSeconds, stop: stop)
        idle.withLock { if $0.count < Self.largestIdleCount { $0.append(connection) } }
        return result
    }
}

/// Ends a call from another thread.
final class StopSwitch: Sendable {
    private struct State {
        var isPulled = false
        var connection: CurlConnection?
    }

    private let state = Mutex(State())

    var isPulled: Bool { state.withLock { $0.isPulled } }

    /// From now on ``pull()`` wakes this connection; nil: none.
    func watch(_ connection: CurlConnection?) {
        state.withLock { $0.connection = connection }
    }

    func pull() {
        state.withLock {
            $0.isPulled = true
            $0.connection?.wake()
        }
    }
}
