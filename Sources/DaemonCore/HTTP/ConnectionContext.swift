import Hummingbird

/// A request, with where it comes from.
struct ConnectionContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The other end's address, without the port; nil: not a network socket.
    let remoteAddress: String?

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        remoteAddress = source.channel.remoteAddress?.ipAddress
    }
}
