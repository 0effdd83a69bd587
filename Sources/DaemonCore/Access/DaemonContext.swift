import Dashboard
import Hummingbird
import HyperSchedProtocol
import NIOCore

/// What belongs to one request: where it came from, and who has sent it.
struct DaemonContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The other side's address, without the port; nil: not a network socket.
    let remoteAddress: String?
    /// Set by ``AccessGate``.
    var caller = Caller.anyone

    init(source: Source) {
        coreContext = CoreRequestContextStorage(source: source)
        remoteAddress = source.channel.remoteAddress?.ipAddress
    }

    /// As it is written down.
    var address: String { remoteAddress ?? "unknown" }

    /// What pages may offer.
    var viewer: Viewer {
        Viewer(
            name: caller.token == nil ? nil : caller.name, canSubmit: caller.role.includes(.submit),
            canAdminister: caller.role.includes(.admin))
    }
}
