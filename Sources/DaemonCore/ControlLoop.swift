import Foundation
import HyperSchedClient
import HyperSchedProtocol
import Logging
import Scheduler
import TrialStore

/// The only writer. Whatever is to change goes through its inbox; a round takes all that is there, applies it to the
/// scheduler, lets that decide once, commits once, and only then answers.
///
/// `state` is always what the database holds: a round works on a copy, and a commit that fails leaves no trace.
actor ControlLoop {
    /// Requests that may wait for a round.
    static let inboxLimit = 1024
    /// Pause before time-driven changes are tried again after a commit failed.
    static let retrySeconds = 1.0

    let clock: any DaemonClock
    let store: TrialStoreDatabase
    let logger: Logger
    var state: ClusterState
    /// Syncs that wait for a newer desired state.
    var waiters = SyncWaiters()
    /// Calls that wait for news of a sweep.
    var observers = ObservationWaiters()
    var isClosing = false
    /// The latest forecasts of sweeps with very many running trials.
    var largeForecasts: [SweepID: (at: Timestamp, forecast: SweepForecast?)] = [:]
    /// Grows with every round that changed something: for those who watch.
    private(set) var changeCount = 0
    /// What has been done since the process began.
    private(set) var tally = LoopTally()
    /// Why the latest commit failed; nil: it did not.
    private(set) var failure: StoreError?

    private let checkpoints: CheckpointStore
    /// For archives that lie elsewhere.
    private let places: CheckpointAccess
    private var references: CheckpointReferences
    private var submissions: [String: SubmissionKey]
    private var inbox: [InboxItem] = []
    private var rounds: Task<Void, Never>?
    private var tick: (at: Timestamp, task: Task<Void, Never>)?

    /// Goes on with what the database holds, and deletes archives that no trial refers to.
    init(
        store: TrialStoreDatabase, checkpoints: CheckpointStore, clock: any DaemonClock, settings: ClusterSettings,
        logger: Logger, places: CheckpointAccess = CheckpointAccess(environment: ProcessInfo.processInfo.environment)
    ) async throws(StoreError) {
        self.places = places
        let snapshot = try await store.load()
        let submissions = try await store.submissions()
        (self.store, self.checkpoints, self.clock, self.logger) = (store, checkpoints, clock, logger)
        self.submissions = Dictionary(uniqueKeysWithValues: submissions.map { ($0.key, $0) })
        references = CheckpointReferences(snapshot.trials)
        state = ClusterState(restoring: snapshot, settings: settings, at: clock.now())
        checkpoints.removeAll(except: references.own)
    }

    /// Lets time-driven changes happen. To be called once, before the first request.
    func start() async {
        _ = await submit(.event(.tick))
    }

    /// Refuses all that comes from now on, ends what waits, and returns when the last round is committed.
    func close() async {
        isClosing = true
        wakeAllSyncs()
        observers.wake { _ in true }
        tick?.task.cancel()
        await rounds?.value
    }

    /// Applies one event; returns when it is durable.
    func apply(_ event: ClusterEvent) async throws(Problem) -> EventResult {
        switch try await submit(.event(event)).get() {
        case .result(.refused(let problem)): throw problem
        case .result(let result): return result
        case .sweep: preconditionFailure("an event is answered with a result")
        }
    }

    /// Moves a sweep's deadline to a later instant; returns when it is durable.
    func extend(_ id: SweepID, to deadline: Timestamp) async throws(Problem) {
        var timings: [ReportTiming]?
        if state.sweep(id)?.state.isTerminal == true { timings = try await storedTimings(of: id) }
        do {
            _ = try await apply(.sweepExtended(id, deadline: deadline, timings: timings))
        } catch  where error.code == "ended_meanwhile" {
            timings = try await storedTimings(of: id)
            _ = try await apply(.sweepExtended(id, deadline: deadline, timings: timings))
        }
    }

    private func storedTimings(of id: SweepID) async throws(Problem) -> [ReportTiming] {
        do { return try await store.timings(of: id) } catch { throw Problem(error) }
    }

    /// Takes in a sweep; returns when it is durable.
    /// - Returns: its id, and false when it was there already under this key.
    func submit(
        _ spec: SweepSpec, _ submission: InboxItem.Submission?
    ) async throws(Problem) -> (SweepID, isNew: Bool) {
        switch try await submit(.submission(spec, submission)).get() {
        case .sweep(let id, let isNew): return (id, isNew)
        case .result(.refused(let problem)): throw problem
        case .result: preconditionFailure("a submission is answered with a sweep")
        }
    }

    /// The sweep that was made for this submission, if it came before.
    func known(_ submission: InboxItem.Submission) throws(Problem) -> SweepID? {
        guard let known = submissions[submission.key] else { return nil }
        guard known.fingerprint == submission.fingerprint else { throw .keyReused(submission.key) }
        return known.sweep
    }

    /// Requests that the next round will take.
    var waitingRequests: Int { inbox.count }

    /// True while some trial refers to the archive.
    func isReferenced(_ archive: CheckpointLocation) -> Bool { references.contains(archive) }

    /// True when writes work. After a failure it tries one.
    func probe() async -> StoreError? {
        guard failure != nil else { return nil }
        do {
            try await store.commit(ClusterChanges(), at: clock.now())
            failure = nil
        } catch {
            failure = error
        }
        return failure
    }

    private func submit(_ request: InboxItem.Request) async -> Result<InboxItem.Reply, Problem> {
        if isClosing { return .failure(.shuttingDown) }
        if inbox.count >= Self.inboxLimit { return .failure(.busy) }
        return await withCheckedContinuation { continuation in
            enqueue(InboxItem(request: request, reply: continuation))
        }
    }

    private func enqueue(_ item: InboxItem) {
        inbox.append(item)
        guard rounds == nil else { return }
        rounds = Task { await runRounds() }
    }

    private func runRounds() async {
        while !inbox.isEmpty {
            let batch = inbox
            inbox = []
            await runRound(batch)
        }
        rounds = nil
        scheduleTick()
    }

    private func runRound(_ batch: [InboxItem]) async {
        let now = clock.now()
        let began = ContinuousClock.now
        var next = state
        var keys: [SubmissionKey] = []
        let replies = batch.map { apply($0.request, to: &next, keys: &keys, at: now) }
        next.plan(at: now)
        let changes = next.takeChanges()
        let decided = ContinuousClock.now
        tally.noteDecision(took: decided - began)
        do {
            // A round that changed nothing (a sync of an agent, most often) works even when the disk is full.
            if !changes.isEmpty {
                try await store.commit(changes, submissions: keys, at: now)
                tally.noteCommit(took: ContinuousClock.now - decided)
            }
        } catch {
            return await fail(batch, error)
        }
        adopt(next, changes, keys)
        answer(batch, replies)
        wakeSyncs()
        wakeObservers()
    }

    private func answer(_ batch: [InboxItem], _ replies: [Result<InboxItem.Reply, Problem>]) {
        let now = ContinuousClock.now
        for (item, reply) in zip(batch, replies) {
            if case .success(.result(.receipt(let receipt))) = reply {
                tally.noteReports(receipt, took: now - item.arrival)
            }
            item.reply?.resume(returning: reply)
        }
    }

    private func apply(
        _ request: InboxItem.Request, to next: inout ClusterState, keys: inout [SubmissionKey], at now: Timestamp
    ) -> Result<InboxItem.Reply, Problem> {
        switch request {
        case .event(let event): return .success(.result(next.apply(event, at: now)))
        case .submission(let spec, let submission):
            let earlier = submission.flatMap { new in submissions[new.key] ?? keys.first { $0.key == new.key } }
            if let submission, let earlier {
                guard earlier.fingerprint == submission.fingerprint else { return .failure(.keyReused(earlier.key)) }
                return .success(.sweep(earlier.sweep, isNew: false))
            }
            let id = next.nextSweepID()
            // As it will be read back after a restart: a whole real (2.0) becomes an integer in JSON.
            let stored = (try? WireCoding.decode(SweepSpec.self, from: WireCoding.encode(spec))) ?? spec
            let result = next.apply(.sweepSubmitted(id, stored), at: now)
            if case .refused = result { return .success(.result(result)) }
            if let submission {
                keys.append(SubmissionKey(key: submission.key, fingerprint: submission.fingerprint, sweep: id))
            }
            return .success(.sweep(id, isNew: true))
        }
    }

    /// The round is durable: it becomes what everybody sees.
    private func adopt(_ next: ClusterState, _ changes: ClusterChanges, _ keys: [SubmissionKey]) {
        var garbage: [CheckpointLocation] = []
        for trial in changes.trials { garbage += references.replace(state.trial(trial.id), by: trial) }
        state = next
        if !changes.isEmpty {
            failure = nil
            changeCount += 1
            tally.note(changes)
        }
        for key in keys { submissions[key.key] = key }
        // What one trial lets go of, another one of the same round may have taken over.
        garbage.removeAll(where: references.contains)
        if !garbage.isEmpty { delete(garbage) }
    }

    /// Deletes archives in the background: large files take a while.
    func delete(_ archives: [CheckpointLocation]) {
        let (checkpoints, places, logger) = (checkpoints, places, logger)
        Task.detached {
            let own = archives.filter { $0.place == nil }
            await BlockingWork.run { for archive in own { checkpoints.remove(archive.name) } }
            for archive in archives where archive.place != nil {
                do throws(ClientError) {
                    try await places.remove(archive)
                } catch {
                    let address = archive.place?.address(of: archive.name) ?? archive.name
                    logger.warning(
                        "a checkpoint that nobody needs stays",
                        metadata: ["archive": "\(address)", "error": "\(error)"])
                }
            }
        }
    }

    /// Nothing of the round happened. A row that the schema refuses must not take the other requests of its round with
    /// it, so they are tried one by one.
    private func fail(_ batch: [InboxItem], _ error: StoreError) async {
        // A full disk fails every commit: say it once, or the log fills what is left.
        logger.log(
            level: failure == error ? .debug : .error, "a commit failed",
            metadata: ["error": "\(error)", "requests": "\(batch.count)"])
        failure = error
        tally.noteFailedCommit()
        if case .impossibleRow = error, batch.count > 1 {
            for item in batch { await runRound([item]) }
            return
        }
        for item in batch { item.reply?.resume(returning: .failure(Problem(error))) }
    }

    /// Sets the alarm for the next instant at which time alone changes something.
    private func scheduleTick() {
        let now = clock.now()
        // After a failed commit what was due is still due.
        let due = failure == nil ? state.nextWakeUp(after: now) : now.advanced(bySeconds: Self.retrySeconds)
        let wanted = isClosing ? nil : due.map { max($0, now.advanced(bySeconds: 0.001)) }
        if let wanted, let tick, tick.at == wanted { return }
        tick?.task.cancel()
        tick = nil
        guard let wanted else { return }
        let task = Task {
            guard (try? await clock.sleep(until: wanted)) != nil else { return }
            ring(wanted)
        }
        tick = (wanted, task)
    }

    private func ring(_ instant: Timestamp) {
        guard tick?.at == instant, !isClosing else { return }
        tick = nil
        enqueue(InboxItem(request: .event(.tick), reply: nil))
    }
}

extension Problem {
    fileprivate static func keyReused(_ key: String) -> Problem {
        Problem(
            status: 422, code: "idempotency_key_reused", title: "This Idempotency-Key was used for another sweep",
            detail: "Key '\(key)': send the same request again, or use a new key.")
    }
}
