import Glibc
import NIOCore
import NIOHTTPTypes

/// Closes connections that take too long to send a request, or to read the answer.
final class RequestPace: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let limits: HTTPLimits
    private var sending: Scheduled<Void>?
    private var unread: Scheduled<Void>?
    private var bodyBytes = 0
    private var bodyBegan = NIODeadline.now()
    /// The daemon has asked for more than has come.
    private var isWaiting = true

    init(limits: HTTPLimits) { self.limits = limits }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { watch(context, seconds: limits.headSeconds) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { stop() }

    func channelActive(context: ChannelHandlerContext) {
        if sending == nil { watch(context, seconds: limits.headSeconds) }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        stop()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            bodyBytes = 0
            bodyBegan = .now()
            watchBody(context)
        case .body(let bytes): bodyBytes += bytes.readableBytes
        case .end:
            sending?.cancel()
            sending = nil
        }
        context.fireChannelRead(data)
    }

    func read(context: ChannelHandlerContext) {
        isWaiting = true
        context.read()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isWaiting = false
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        unread?.cancel()
        unread = nil
        if !context.channel.isWritable {
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            unread = context.eventLoop.scheduleTask(in: .milliseconds(Int64(limits.unreadSeconds * 1000))) {
                Self.drop(bound.value)
            }
        }
        context.fireChannelWritabilityChanged()
    }

    /// Closes without waiting for what is on its way, which would never arrive: the kernel frees it at once.
    private static func drop(_ context: ChannelHandlerContext) {
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        let closed = (context.channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
        guard let closed else { return context.close(promise: nil) }
        closed.whenComplete { _ in bound.value.close(promise: nil) }
    }

    private func stop() {
        sending?.cancel()
        unread?.cancel()
        (sending, unread) = (nil, nil)
    }

    private func watch(_ context: ChannelHandlerContext, seconds: Double) {
        sending?.cancel()
        sending = closing(context, after: seconds)
    }

    /// Looks again when the time that the bytes so far have earned is over.
    private func watchBody(_ context: ChannelHandlerContext) {
        sending?.cancel()
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        let wait = TimeAmount.milliseconds(Int64(max(0.05, bodySecondsLeft) * 1000))
        sending = context.eventLoop.scheduleTask(in: wait) {
            let (handler, context) = bound.value
            // Bytes that wait for the daemon to take them are not the client's fault.
            if !handler.isWaiting { handler.bodyBegan = handler.bodyBegan + wait }
            if handler.bodySecondsLeft > 0 { handler.watchBody(context) } else { context.close(promise: nil) }
        }
    }

    private var bodySecondsLeft: Double {
        let spent = Double((NIODeadline.now() - bodyBegan).nanoseconds) / 1e9
        return limits.bodySeconds + Double(bodyBytes) / limits.bodyBytesPerSecond - spent
    }

    private func closing(_ context: ChannelHandlerContext, after seconds: Double) -> Scheduled<Void> {
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        return context.eventLoop.scheduleTask(in: .milliseconds(Int64(seconds * 1000))) {
            bound.value.close(promise: nil)
        }
    }
}
