import Hummingbird
public import Logging
import Scheduler
import ServiceLifecycle
import TrialStore
import UnixSignals

/// A whole daemon: data directory, control loop, HTTP server. Made, run once, gone.
public struct Daemon: Sendable {
    private let settings: DaemonSettings
    private let logger: Logger
    private let lock: DirectoryLock
    private let store: TrialStoreDatabase
    private let checkpoints: CheckpointStore
    private let logs: LogStore
    private let clock: any DaemonClock
    private let loop: ControlLoop
    private let access: AccessControl
    private let audit: AuditLog
    /// Of connections; shorter in tests.
    var limits: HTTPLimits

    /// Opens the data directory and goes on with what it holds.
    public init(settings: DaemonSettings, logger: Logger) async throws(StartError) {
        try settings.refuseUnsafeListening()
        self.settings = settings
        self.logger = logger
        do throws(StoreError) {
            let directory = settings.dataDirectory
            lock = try DirectoryLock(directory: directory)
            store = try TrialStoreDatabase(path: directory + "/hyperschedd.sqlite")
            checkpoints = try CheckpointStore(
                directory: directory + "/checkpoints", maximumSize: settings.checkpointBytes,
                reservedBytes: settings.checkpointReserveBytes)
            logs = try LogStore(directory: directory + "/logs", maximumSize: settings.logBytes)
            let anchored = AnchoredClock(notBefore: try await store.latestInstant())
            clock = anchored
            if anchored.secondsAhead > 60 { logger.warning("\(Self.wallClockWarning)") }
            loop = try await ControlLoop(
                store: store, checkpoints: checkpoints, clock: clock,
                settings: settings.cluster, logger: logger)
            let registry = try await TokenRegistry(store: store, at: clock.now(), logger: logger)
            access = AccessControl(isRequired: settings.asksForTokens, registry: registry, clock: clock)
            audit = AuditLog(store: store, logger: logger)
            limits = HTTPLimits(connections: settings.maxConnections)
        } catch {
            throw StartError(error.description)
        }
    }

    /// True: every request needs a token, and none has been made that could make others.
    public var lacksAdministrator: Bool {
        access.isRequired && !access.registry.hasAdministrator(at: clock.now())
    }

    private static let wallClockWarning =
        "the wall clock is behind an instant that this data directory has seen: time goes on from that instant, so "
        + "deadlines come earlier than the wall clock says; if it was once set too far ahead, use a new data directory"

    /// Serves until SIGTERM or SIGINT, then finishes what it has begun.
    /// - Parameters:
    ///   - onListening: called once with the address that clients can use.
    ///   - signals: false in tests: the daemon ends when its task is cancelled.
    public func run(
        signals: Bool = true, onListening: @escaping @Sendable (ListenAddress) async -> Void
    ) async throws(StartError) {
        await loop.start()
        let failure: StartError?
        do {
            try await serviceGroup(signals: signals, onListening).run()
            failure = nil
        } catch {
            failure = StartError(error, listen: settings.listen)
        }
        await loop.close()
        await access.registry.close()
        do {
            try store.close()
        } catch {
            logger.error("the database was not closed cleanly", metadata: ["error": "\(error)"])
        }
        if let failure { throw failure }
    }

    private func serviceGroup(
        signals: Bool, _ onListening: @escaping @Sendable (ListenAddress) async -> Void
    ) throws -> ServiceGroup {
        // Services are stopped from the last to the first: waiting syncs end, then the server can.
        let services: [any Service] = [try application(onListening), SyncEnder(loop: loop)]
        var configuration = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: signals ? [.sigterm, .sigint] : [], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(10)
        return ServiceGroup(configuration: configuration)
    }

    private func application(
        _ onListening: @escaping @Sendable (ListenAddress) async -> Void
    ) throws(StartError) -> some ApplicationProtocol {
        Application(
            router: router(),
            server: try settings.tlsServer(limits.server()),
            configuration: ApplicationConfiguration(
                address: .hostname(settings.listen.host, port: settings.listen.port), serverName: "hyperschedd",
                availableConnectionsDelegate: .maximum(limits.connections, logger: logger)),
            onServerRunning: { [host = settings.listen.host] channel in
                await onListening(ListenAddress(host: host, port: channel.localAddress?.port ?? 0))
            },
            logger: logger)
    }

    func router() -> Router<DaemonContext> {
        let router = Router(context: DaemonContext.self)
        router.add(middleware: ProblemMiddleware())
        router.add(
            middleware: CrossSiteGuard(onlyLoopbackNames: settings.listen.isLoopback && !settings.asksForTokens))
        router.add(middleware: AccessGate(control: access, audit: audit))
        SignInController(control: access, isSecure: settings.hasTLS).addRoutes(to: router)
        let group = router.group("api/v1")
        HealthController(loop: loop).addRoutes(to: router, group)
        ProposalController(loop: loop).addRoutes(to: group)
        let sweeps = SweepController<DaemonContext>(
            loop: loop, store: store, intake: SweepIntake(loop: loop, clock: clock))
        sweeps.addRoutes(to: group)
        MetricsController(sweeps: sweeps, loop: loop).addRoutes(to: router)
        let trials = TrialController<DaemonContext>(
            loop: loop, store: store, checkpoints: checkpoints, logs: logs)
        trials.addRoutes(to: group)
        DashboardController(sweeps: sweeps, trials: trials, loop: loop, store: store, logs: logs)
            .addRoutes(to: router, group)
        AgentController(loop: loop, uploads: UploadDesk(loop: loop, checkpoints: checkpoints), logs: logs)
            .addRoutes(to: group)
        AccessController(control: access, loop: loop, store: store).addRoutes(to: group)
        router.add(middleware: MethodGuard(router))
        return router
    }
}

/// Ends the waits of syncs as soon as the daemon is to stop, so that no request is left to wait for.
private struct SyncEnder: Service {
    let loop: ControlLoop

    func run() async throws {
        try? await gracefulShutdown()
        await loop.close()
    }
}
