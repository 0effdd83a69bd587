import CProcess
import Glibc
import HyperSchedProtocol
import Logging
import TrialEndpoint

/// Carries out what the ``AgentMachine`` decides, and tells it what happened.
actor AgentShell {
    let options: AgentOptions
    let connection: any DaemonConnection
    let work: WorkFolder
    let slots: [Slot]
    let session: String
    let outbox: ReportOutbox
    let logger: Logger
    /// Directory that trials start in, and that of the agent's own program.
    let trialFolder: String
    let programFolder: String
    private(set) var machine: AgentMachine
    private let check: SlotCheck
    private(set) var supervisors: [AttemptID: AttemptSupervisor] = [:]
    /// Port of the endpoint for trials; nil: there is none.
    var endpointPort: Int?
    /// Of attempts that are still to be started.
    private var tokens: [AttemptID: TrialToken] = [:]
    private var preparations: [AttemptID: Task<Void, Never>] = [:]
    private var uploads: [AttemptID: Task<Void, Never>] = [:]
    private var discards: [AttemptID: Task<Void, Never>] = [:]
    /// When the attempts were assigned, for the time that is left to them.
    private var assignedAt: [AttemptID: Double] = [:]
    private var leastStatus: Int32 = 0
    private let (ends, end) = AsyncStream.makeStream(of: Int32.self)

    init(
        _ options: AgentOptions, connection: any DaemonConnection, slots: [Slot], trialFolder: String,
        programFolder: String
    ) {
        self.options = options
        self.connection = connection
        self.slots = slots
        self.trialFolder = trialFolder
        self.programFolder = programFolder
        work = WorkFolder(path: options.workFolder)
        logger = options.logger
        let hasGPUs = slots.contains { $0.kind == .gpu }
        check = SlotCheck(
            devices: hasGPUs
                ? GPUMemoryCheck(
                    slots: slots, inspector: NvidiaSMI(program: options.nvidiaSMI, timeoutSeconds: 10),
                    logger: options.logger, now: { cprocess_monotonic_seconds() })
                : NoDevices(),
            patience: options.cleanSeconds)
        machine = AgentMachine(
            lifetime: options.lifetimeSeconds.map { AgentLifetime(seconds: $0, now: Self.now()) })
        session = SHA256.hex(of: (0..<32).map { _ in UInt8.random(in: 0...255) }).prefix(16).description
        outbox = ReportOutbox(session: session, connection: connection, logger: options.logger)
    }

    /// The clock of the machine; it goes on while the computer sleeps, as the daemon's lease does.
    static func now() -> Double { cprocess_boottime_seconds() }

    /// Takes in an event and carries out what follows from it.
    func post(_ event: AgentEvent) {
        for directive in machine.handle(event, at: Self.now()) { perform(directive) }
    }

    /// Ends the agent with this exit status.
    func finish(_ status: Int32) {
        end.yield(max(status, leastStatus))
        end.finish()
    }

    /// Whatever happens now, it was not an orderly end.
    func noteAbort() { leastStatus = 1 }

    /// Works until the agent is to end; returns its exit status.
    func run() async -> Int32 {
        // Before the first sync: it must name what is still held. And before trials of an earlier run can be heard.
        await recover()
        let endpoint = await openEndpoint()
        defer { endpoint.cancel() }
        return await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.syncForever() }
            group.addTask { await self.tickForever() }
            group.addTask { await self.outbox.run { await self.acknowledged($0) } }
            var status: Int32 = 0
            for await value in ends { status = value }
            // The last of the logs, where nothing else is left to do.
            if machine.attempts.isEmpty { for task in discards.values { await task.value } }
            group.cancelAll()
            return status
        }
    }

    private func acknowledged(_ list: [ReportOutbox.Acknowledgement]) async {
        for item in list {
            if let sequence = item.sequence { await supervisors[item.attempt]?.noteAcknowledged(sequence) }
            if item.hasEnd { post(.endAcknowledged(item.attempt)) }
        }
    }

    // MARK: Directives

    private func perform(_ directive: AgentDirective) {
        logger.debug("\(directive)")
        switch directive {
        case .prepare(let assignment): prepare(assignment)
        case .cancelPreparation(let id): preparations[id]?.cancel()
        case .start(let assignment): start(assignment)
        case .stop(let id, let grace): command(id) { await $0.stop(graceSeconds: grace) }
        case .kill(let id): command(id) { await $0.kill() }
        case .upload(let id, let checkpoint): upload(id, checkpoint)
        case .cancelUpload(let id): uploads[id]?.cancel()
        case .prune(let id, let name): prune(id, name)
        case .report(let ended): report(ended)
        case .discard(let id): discard(id)
        case .check(let suspects): look(at: suspects)
        case .exit: finish(0)
        }
    }

    private func look(at suspects: [QuarantineEntry]) {
        Task {
            var findings: [Int: String?] = [:]
            for suspect in suspects {
                let slot = slots.filter { $0.index == suspect.slot }
                let check = SlotCheck(devices: check.devices, patience: 0)
                let dirt = await check.dirt(after: work.attempt(suspect.attempt), slots: slot, left: 0)
                findings.updateValue(dirt[suspect.slot], forKey: suspect.slot)
            }
            post(.slotsChecked(findings))
        }
    }

    private func command(_ id: AttemptID, _ body: @escaping @Sendable (AttemptSupervisor) async -> Void) {
        guard let supervisor = supervisors[id] else { return }
        Task { await body(supervisor) }
    }

    private func prepare(_ assignment: Assignment) {
        let id = assignment.attempt
        assignedAt[id] = Self.now()
        let preparation = AttemptPreparation(assignment: assignment, work: work, connection: connection, logger: logger)
        preparations[id] = Task {
            do {
                try await preparation.run()
                try Task.checkCancellation()
                tokens[id] = try work.attempt(id).makeToken()
                supervisors[id] = try AttemptSupervisor(assignment, in: work.attempt(id), surroundings)
                post(.prepared(id))
            } catch is CancellationError {
                // Nobody waits for it.
            } catch {
                post(.preparationFailed(id, "\(error)"))
            }
        }
    }

    private func start(_ assignment: Assignment) {
        let id = assignment.attempt
        guard let supervisor = supervisors[id] else { return }
        let passed = Self.now() - (assignedAt[id] ?? Self.now())
        var trial = TrialLaunch(
            assignment: assignment, folder: work.attempt(id), parametersFile: work.parametersFile(id.trial),
            timeLeftSeconds: assignment.timeLeftSeconds - passed, slots: slots, environment: currentEnvironment(),
            workingFolder: trialFolder, programFolder: programFolder)
        trial.nowUnix = cprocess_realtime_seconds()
        if let endpointPort, let token = tokens.removeValue(forKey: id) {
            trial.endpoint = TrialLaunch.Endpoint(port: endpointPort, token: token)
        }
        Task {
            do {
                let launch = try trial.processLaunch()
                if let leaseLeft { await supervisor.renewLease(seconds: leaseLeft) }
                await supervisor.run(launch)
            } catch {
                post(.processEnded(id, ProcessEnd(startFailure: "\(error)")))
            }
        }
    }

    private func report(_ ended: AttemptEnded) {
        let supervisor = supervisors[ended.attempt]
        Task {
            await supervisor?.noteEnded(ended)
            outbox.add(ended)
        }
    }

    private func upload(_ id: AttemptID, _ checkpoint: CheckpointAnnouncement) {
        let supervisor = supervisors[id]
        let upload = CheckpointUpload(
            attempt: id, checkpoint: checkpoint, place: supervisor?.assignment.checkpointPlace, work: work,
            connection: connection, logger: logger)
        uploads[id] = Task {
            guard let result = await upload.run() else { return }
            await supervisor?.noteSettled(checkpoint.name)
            post(.uploadEnded(id, name: checkpoint.name, result))
        }
    }

    private func prune(_ id: AttemptID, _ name: String) {
        let folder = work.attempt(id)
        guard let path = folder.folder(of: CheckpointAnnouncement(name: name, step: 0)) else { return }
        FileAccess.remove(path)
    }

    private func discard(_ id: AttemptID) {
        let supervisor = supervisors.removeValue(forKey: id)
        let preparation = preparations.removeValue(forKey: id)
        let upload = uploads.removeValue(forKey: id)
        assignedAt[id] = nil
        tokens[id] = nil
        upload?.cancel()
        let isLastOfTrial = !machine.heldAttempts.contains { $0.trial == id.trial }
        if isLastOfTrial { FileAccess.remove(work.parametersFile(id.trial)) }
        let path = work.attempt(id).path
        discards[id] = Task {
            outbox.discard(id)
            await preparation?.value
            await upload?.value
            await supervisor?.close(sendingLog: true)
            // Half a directory must not look like an attempt.
            rename(path, path + ".gone")
            FileAccess.remove(path + ".gone")
            discards[id] = nil
        }
    }

    private var surroundings: AttemptSupervisor.Surroundings {
        AttemptSupervisor.Surroundings(
            connection: connection, outbox: outbox, keeperCommand: options.keeperCommand,
            pollSeconds: options.pollSeconds, slots: slots, check: check, logger: logger,
            post: { [weak self] in await self?.post($0) })
    }
}

// MARK: - After a restart

extension AgentShell {
    /// Takes up what an earlier process of the agent left.
    private func recover() async {
        for name in FileAccess.names(in: work.attempts) {
            let folder = AttemptFolder(path: "\(work.attempts)/\(name)")
            guard folder.wasLaunched, let assignment = folder.read(Assignment.self, folder.assignmentFile),
                name == "\(assignment.attempt)",
                let supervisor = try? AttemptSupervisor(assignment, in: folder, surroundings)
            else {
                // No program was ever started there: nothing to report.
                FileAccess.remove(folder.path)
                continue
            }
            await recover(supervisor)
        }
        for name in FileAccess.names(in: work.parameters) where machine.attempts.isEmpty {
            FileAccess.remove("\(work.parameters)/\(name)")
        }
    }

    private func recover(_ supervisor: AttemptSupervisor) async {
        let history = supervisor.history
        let id = supervisor.assignment.attempt
        logger.notice("found an attempt of an earlier run", metadata: ["attempt": "\(id)"])
        supervisors[id] = supervisor
        // Before the end can be posted, so that the end comes after them.
        outbox.add(history.unsent)
        post(
            .recovered(
                RecoveredAttempt(
                    assignment: supervisor.assignment, reported: history.ended, announced: history.announced,
                    settled: history.settled)))
        if history.ended == nil { Task { await supervisor.adopt() } }
    }
}

// MARK: - Loops

extension AgentShell {
    private func syncForever() async {
        var failures = 0
        while !Task.isCancelled {
            let sentAt = Self.now()
            do throws(ConnectionFailure) {
                let desired = try await connection.sync(syncMessage())
                if failures > 0 { logger.notice("in touch with the daemon again") }
                failures = 0
                post(.synced(desired, sentAt: sentAt))
                await renewLeases()
                // A daemon that answers at once each time must not keep this machine busy.
                try? await Task.sleep(for: .milliseconds(10))
            } catch {
                if failures == 0, !Task.isCancelled { logger.warning("sync failed", metadata: ["error": "\(error)"]) }
                failures += 1
                try? await Task.sleep(for: .seconds(Backoff.seconds(afterFailures: failures)))
            }
        }
    }

    /// A lease must outlast two waits: the second answer renews it from when that sync was sent.
    private var waitSeconds: Double { min(20, (machine.leaseSeconds ?? 60) / 3) }

    /// Seconds after which the keepers act: a little later than the agent, which does it itself if it can.
    private var leaseLeft: Double? { machine.leaseEnd.map { $0 - Self.now() + 1 } }

    private func renewLeases() async {
        guard let leaseLeft else { return }
        for supervisor in supervisors.values { await supervisor.renewLease(seconds: leaseLeft) }
    }

    private func syncMessage() -> AgentSync {
        let unclean = machine.quarantine.slots.map {
            QuarantinedSlot(slot: $0.slot, reason: $0.reason, seconds: max(0, Self.now() - $0.since))
        }
        return AgentSync(
            session: session, slots: slots, labels: options.labels, attempts: machine.heldAttempts,
            seenVersion: machine.desiredVersion, waitSeconds: waitSeconds, version: ProductVersion.current,
            endsInSeconds: machine.endsInSeconds(at: Self.now()), runsGangs: true, address: options.address,
            quarantined: unclean.isEmpty ? nil : unclean)
    }

    private func tickForever() async {
        while !Task.isCancelled {
            let now = Self.now()
            if let due = machine.nextTick, due <= now { post(.tick) }
            // What is left was killed then; the daemon may not be there to hear of it.
            if let end = machine.lifetime?.end, now >= end + 1 {
                logger.warning("the agent's time is over; the daemon was not told of everything")
                finish(0)
            }
            let left = machine.nextTick.map { $0 - now } ?? 1
            try? await Task.sleep(for: .seconds(min(1, max(0.02, left))))
        }
    }
}
