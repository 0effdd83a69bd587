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
        } catch {
            throw StartError(error.description)
        }
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
        do {
            try store.close()
        } catch {
            logger.error("the database was not closed cleanly", metadata: ["error": "\(error)"])
        }
        if let failure { throw failure }
    }

    private func serviceGroup(
        signals: Bool, _ onListening: @escaping @Sendable (ListenAddress) async -> Void
    ) -> ServiceGroup {
        // Services are stopped from the last to the first: waiting syncs end, then the server can.
        let services: [any Service] = [application(onListening), SyncEnder(loop: loop)]
        var configuration = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: signals ? [.sigterm, .sigint] : [], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(10)
        return ServiceGroup(configuration: configuration)
    }

    private func application(
        _ onListening: @escaping @Sendable (ListenAddress) async -> Void
    ) -> some ApplicationProtocol {
        Application(
            router: router(),
            server: .http1(configuration: .init(idleTimeout: .seconds(120))),
            configuration: ApplicationConfiguration(
                address: .hostname(settings.listen.host, port: settings.listen.port), serverName: "hyperschedd"),
            onServerRunning: { [host = settings.listen.host] channel in
                await onListening(ListenAddress(host: host, port: channel.localAddress?.port ?? 0))
            },
            logger: logger)
    }

    func router() -> Router<ConnectionContext> {
        let router = Router(context: ConnectionContext.self)
        router.add(middleware: ProblemMiddleware())
        router.add(middleware: CrossSiteGuard())
        let group = router.group("api/v1")
        HealthController(loop: loop).addRoutes(to: router, group)
        ProposalController(loop: loop).addRoutes(to: group)
        let sweeps = SweepController<ConnectionContext>(
            loop: loop, store: store, intake: SweepIntake(loop: loop, clock: clock))
        sweeps.addRoutes(to: group)
        MetricsController(sweeps: sweeps, loop: loop).addRoutes(to: router)
        let trials = TrialController<ConnectionContext>(
            loop: loop, store: store, checkpoints: checkpoints, logs: logs)
        trials.addRoutes(to: group)
        DashboardController(sweeps: sweeps, trials: trials, loop: loop, store: store, logs: logs)
            .addRoutes(to: router, group)
        AgentController(loop: loop, uploads: UploadDesk(loop: loop, checkpoints: checkpoints), logs: logs)
            .addRoutes(to: group)
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

extension DaemonSettings {
    /// Anyone who can connect may do anything, so by default only this machine can.
    fileprivate func refuseUnsafeListening() throws(StartError) {
        guard !listen.isLoopback, !allowUnauthenticated else { return }
        throw StartError(
            "listen: \(listen) can be reached from other machines, and requests are not authenticated: listen on "
                + "127.0.0.1, or set `allowUnauthenticated: true` if everybody on the network may run programs here")
    }
}
