public import Logging
import Hummingbird
import HummingbirdCore
import NIOCore
import ServiceLifecycle

/// The HTTP server on loopback that trials talk to.
public struct TrialServer: Sendable {
    private let desk: any TrialDesk
    private let logger: Logger

    /// Connections beyond this wait until another one is closed.
    private static let maximumConnections = 2048

    public init(desk: any TrialDesk, logger: Logger) {
        self.desk = desk
        self.logger = logger
    }

    /// Serves until the task is cancelled.
    /// - Parameters:
    ///   - port: 0: any free one.
    ///   - onListening: told the port.
    /// - Throws: what made it impossible to listen.
    public func run(port: Int, onListening: @escaping @Sendable (Int) async -> Void) async throws {
        var quiet = logger
        // Nobody wants to read of each request, or of the server's start, in the agent's log.
        quiet.logLevel = max(.warning, logger.logLevel)
        let application = Application(
            router: router(),
            server: .http1(configuration: .init(idleTimeout: .seconds(120))),
            configuration: ApplicationConfiguration(
                address: .hostname("127.0.0.1", port: port), serverName: "hypersched-agent", backlog: 1024,
                availableConnectionsDelegate: MaximumAvailableConnections(Self.maximumConnections)),
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? 0) },
            logger: quiet)
        // Signals are the agent's business.
        var configuration = ServiceGroupConfiguration(
            services: [application], gracefulShutdownSignals: [], logger: quiet)
        configuration.maximumGracefulShutdownDuration = .seconds(2)
        try await ServiceGroup(configuration: configuration).run()
    }

    private func router() -> Router<BasicRequestContext> {
        let router = Router(context: BasicRequestContext.self)
        router.add(middleware: RefusalMiddleware())
        router.get("health") { _, _ in "OK" }
        ReportController(gate: TrialGate(desk: desk), desk: desk).addRoutes(to: router)
        TrackingController(desk: desk).addRoutes(to: router)
        return router
    }
}
