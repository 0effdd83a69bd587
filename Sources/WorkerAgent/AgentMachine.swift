public import HyperSchedProtocol

/// The agent's decisions, as a value: events go in, directives come out; no clock, no I/O, no tasks. The shell around
/// it carries the directives out and feeds back what happened. Times are seconds on one clock of the shell's choice.
///
/// - Level-triggered: each `synced` brings the whole truth, so that a lost answer repairs itself.
/// - An attempt number is started at most once by a process, whatever the daemon says.
/// - A slot is given to the next attempt only when the keeper of the last one has said that no process is left.
/// - Without a successful sync within the lease every trial is stopped, because the daemon gives the slots to others.
/// - At its sweep's deadline a trial is stopped, should the daemon not be there to say so.
/// - An agent with a limited lifetime tells the daemon when it leaves, so that trials are moved away before; what is
///   still there then is stopped, and killed when the lifetime ends. Then the agent exits.
public struct AgentMachine: Sendable {
    /// By attempt.
    public private(set) var attempts: [AttemptID: AttemptState] = [:]
    /// The version of the last desired state carried out.
    public private(set) var desiredVersion: Int64 = 0
    public private(set) var isDraining = false
    /// Until when the attempts may be kept; nil before the first sync.
    public private(set) var leaseEnd: Double?
    /// The length of the lease, seconds; nil before the first sync.
    public private(set) var leaseSeconds: Double?
    /// Ended attempts whose end the daemon has, with the time of the acknowledgement: an answer that was under way may
    /// still ask for them.
    private var acknowledged: [AttemptID: Double] = [:]
    private var hasExited = false
    private var hasAborted = false
    /// nil: it stays until it is told to end.
    public let lifetime: AgentLifetime?

    public init(lifetime: AgentLifetime? = nil) { self.lifetime = lifetime }

    /// Attempts of which something is left, for the sync.
    public var heldAttempts: [AttemptID] { attempts.keys.sorted() }

    /// When a `tick` is due at the latest.
    public var nextTick: Double? {
        let active = attempts.values.filter { Self.dependsOnLease($0.phase) }
        let leaving = hasAborted ? nil : isDraining ? lifetime?.end : lifetime?.leaving
        let times = [active.map(\.deadline).min(), active.isEmpty ? nil : leaseEnd, leaving].compactMap(\.self)
        guard let due = times.min(), due.isFinite else { return nil }
        return due
    }

    /// For the sync: seconds until the agent leaves; nil: it does not know.
    public func endsInSeconds(at now: Double) -> Double? { lifetime.map { max(0, $0.leaving - now) } }

    /// Takes in one event.
    /// - Parameter now: seconds; never less than at the event before.
    public mutating func handle(_ event: AgentEvent, at now: Double) -> [AgentDirective] {
        var directives: [AgentDirective] = []
        switch event {
        case .synced(let desired, let sentAt): synced(desired, sentAt: sentAt, at: now, &directives)
        case .tick: break
        case .recovered(let found): recovered(found, &directives)
        case .prepared(let id): prepared(id, &directives)
        case .preparationFailed(let id, let why): preparationFailed(id, why, at: now, &directives)
        case .checkpointAnnounced(let id, let checkpoint): announced(id, checkpoint, at: now, &directives)
        case .uploadEnded(let id, let name, let result): uploadEnded(id, name, result, at: now, &directives)
        case .processEnded(let id, let end): processEnded(id, end, at: now, &directives)
        case .endAcknowledged(let id): endAcknowledged(id, at: now, &directives)
        case .drain: drain("the agent was shut down", at: now, &directives)
        case .abort: abort(at: now, &directives)
        }
        enforceTimes(at: now, &directives)
        enforceLifetime(at: now, &directives)
        startWaiting(&directives)
        if isDraining, attempts.isEmpty, !hasExited {
            hasExited = true
            directives.append(.exit)
        }
        return directives
    }

    private static func dependsOnLease(_ phase: AttemptState.Phase) -> Bool {
        switch phase {
        case .waiting, .preparing, .running: true
        case .stopping, .killing, .finishing, .ended: false
        }
    }

    /// Ids first: the loop body changes the dictionary.
    private func ids(where matches: (AttemptState) -> Bool) -> [AttemptID] {
        attempts.filter { matches($0.value) }.keys.sorted()
    }
}

// MARK: - What the daemon wants

extension AgentMachine {
    private mutating func synced(
        _ desired: DesiredState, sentAt: Double, at now: Double, _ directives: inout [AgentDirective]
    ) {
        // 1. The lease, which may have ended while the answer was under way.
        leaseEnd = sentAt + desired.leaseSeconds
        leaseSeconds = desired.leaseSeconds
        desiredVersion = desired.version
        // 2. What is no longer wanted at all.
        let wanted = Set(desired.assignments.map(\.attempt))
        for id in heldAttempts where !wanted.contains(id) { forget(id, at: now, &directives) }
        acknowledged = acknowledged.filter { wanted.contains($0.key) || $0.value >= sentAt }
        // 3. What is wanted.
        for assignment in desired.assignments.sorted(by: { $0.attempt < $1.attempt }) {
            if attempts[assignment.attempt] != nil {
                pursue(assignment, at: now, &directives)
            } else if acknowledged[assignment.attempt] == nil {
                accept(assignment, at: now, &directives)
            }
        }
    }

    private mutating func accept(_ assignment: Assignment, at now: Double, _ directives: inout [AgentDirective]) {
        // An agent that is going away starts nothing; the daemon notices its end.
        guard !isDraining else { return }
        let id = assignment.attempt
        attempts[id] = AttemptState(assignment, phase: .waiting, deadline: Self.deadline(of: assignment, at: now))
        if assignment.goal != .run { endUnstarted(id, "stopped before it was started", at: now, &directives) }
    }

    private mutating func pursue(_ assignment: Assignment, at now: Double, _ directives: inout [AgentDirective]) {
        switch assignment.goal {
        case .run: attempts[assignment.attempt]?.deadline = Self.deadline(of: assignment, at: now)
        case .stop: stop(assignment.attempt, grace: assignment.graceSeconds, reason: nil, at: now, &directives)
        case .kill: kill(assignment.attempt, at: now, &directives)
        }
    }

    /// The daemon has closed the attempt without us.
    private mutating func forget(_ id: AttemptID, at now: Double, _ directives: inout [AgentDirective]) {
        guard let state = attempts[id], !state.isForgotten else { return }
        switch state.phase {
        case .waiting: remove(id, &directives)
        case .preparing:
            directives.append(.cancelPreparation(id))
            remove(id, &directives)
        case .running, .stopping, .killing:
            attempts[id]?.isForgotten = true
            kill(id, at: now, &directives)
        case .finishing:
            // Its checkpoints would be refused; its reports and its end are still worth keeping.
            finish(id, at: now, &directives)
        case .ended: break
        }
    }

    private mutating func remove(_ id: AttemptID, _ directives: inout [AgentDirective]) {
        attempts[id] = nil
        directives.append(.discard(id))
    }
}

// MARK: - Stopping

extension AgentMachine {
    private mutating func stop(
        _ id: AttemptID, grace: Double, reason: String?, at now: Double, _ directives: inout [AgentDirective]
    ) {
        guard let state = attempts[id] else { return }
        switch state.phase {
        case .waiting: endUnstarted(id, reason ?? "stopped before it was started", at: now, &directives)
        case .preparing:
            directives.append(.cancelPreparation(id))
            endUnstarted(id, reason ?? "stopped before it was started", at: now, &directives)
        case .running:
            attempts[id]?.phase = .stopping
            attempts[id]?.stopAskedAt = now
            attempts[id]?.stopReason = reason
            directives.append(.stop(id, graceSeconds: grace))
        case .stopping, .killing, .finishing, .ended: break
        }
    }

    private mutating func kill(_ id: AttemptID, at now: Double, _ directives: inout [AgentDirective]) {
        guard let state = attempts[id] else { return }
        switch state.phase {
        case .waiting, .preparing: stop(id, grace: 0, reason: nil, at: now, &directives)
        case .running, .stopping:
            attempts[id]?.phase = .killing
            attempts[id]?.isKill = true
            if state.checkpoints.uploading != nil { directives.append(.cancelUpload(id)) }
            attempts[id]?.checkpoints.clear()
            directives.append(.kill(id))
        case .finishing: finish(id, at: now, &directives)
        case .killing, .ended: break
        }
    }

    /// It never had a process.
    private mutating func endUnstarted(
        _ id: AttemptID, _ why: String, at now: Double, _ directives: inout [AgentDirective]
    ) {
        let ended = AttemptEnded(attempt: id, outcome: .interrupted, message: why, elapsedSeconds: 0, stopSeconds: 0)
        attempts[id]?.phase = .ended(ended)
        directives.append(.report(ended))
    }

    private mutating func enforceTimes(at now: Double, _ directives: inout [AgentDirective]) {
        let isLeaseOver = leaseEnd.map { now >= $0 } ?? false
        for id in ids(where: { Self.dependsOnLease($0.phase) && (isLeaseOver || now >= $0.deadline) }) {
            let grace = attempts[id]?.assignment.graceSeconds ?? 0
            let reason = isLeaseOver ? "the agent lost touch with the daemon" : "the sweep's deadline came"
            stop(id, grace: grace, reason: reason, at: now, &directives)
        }
    }

    /// A daemon that wants it to run although the time is over knows why.
    private static func deadline(of assignment: Assignment, at now: Double) -> Double {
        assignment.timeLeftSeconds > 0 ? now + assignment.timeLeftSeconds : .infinity
    }

    private mutating func enforceLifetime(at now: Double, _ directives: inout [AgentDirective]) {
        guard let lifetime else { return }
        if now >= lifetime.leaving, !isDraining { drain("the agent's time is over", at: now, &directives) }
        if now >= lifetime.end, !hasAborted { abort(at: now, &directives) }
    }

    private mutating func drain(_ reason: String, at now: Double, _ directives: inout [AgentDirective]) {
        isDraining = true
        for id in ids(where: { Self.dependsOnLease($0.phase) }) {
            let grace = attempts[id]?.assignment.graceSeconds ?? 0
            let left = lifetime.map { max(0, $0.end - now) } ?? .infinity
            stop(id, grace: min(grace, left), reason: reason, at: now, &directives)
        }
    }

    private mutating func abort(at now: Double, _ directives: inout [AgentDirective]) {
        hasAborted = true
        drain("the agent was shut down", at: now, &directives)
        for id in heldAttempts { kill(id, at: now, &directives) }
    }
}

// MARK: - From start to end

extension AgentMachine {
    /// Starts those whose slots are clean, lowest id first.
    private mutating func startWaiting(_ directives: inout [AgentDirective]) {
        guard !isDraining else { return }
        for id in ids(where: { $0.phase == .waiting }) {
            guard let state = attempts[id] else { continue }
            let taken = attempts.values.filter(\.claimsSlots).flatMap(\.assignment.slots)
            guard Set(taken).isDisjoint(with: state.assignment.slots) else { continue }
            attempts[id]?.phase = .preparing
            directives.append(.prepare(state.assignment))
        }
    }

    private mutating func prepared(_ id: AttemptID, _ directives: inout [AgentDirective]) {
        guard let state = attempts[id], state.phase == .preparing else { return }
        attempts[id]?.phase = .running
        directives.append(.start(state.assignment))
    }

    private mutating func preparationFailed(
        _ id: AttemptID, _ why: String, at now: Double, _ directives: inout [AgentDirective]
    ) {
        guard attempts[id]?.phase == .preparing else { return }
        attempts[id]?.processEnd = ProcessEnd(startFailure: why)
        finish(id, at: now, &directives)
    }

    private mutating func recovered(_ found: RecoveredAttempt, _ directives: inout [AgentDirective]) {
        let id = found.assignment.attempt
        var state = AttemptState(found.assignment, phase: .stopping)
        state.stopReason = "the agent was restarted"
        for checkpoint in found.announced {
            state.checkpoints.add(checkpoint)
            guard found.settled.contains(checkpoint.name) else { continue }
            state.checkpoints.settle(checkpoint.name)
        }
        attempts[id] = state
        guard let ended = found.reported else { return advanceUpload(id, &directives) }
        attempts[id]?.phase = .ended(ended)
        directives.append(.report(ended))
    }

    private mutating func processEnded(
        _ id: AttemptID, _ end: ProcessEnd, at now: Double, _ directives: inout [AgentDirective]
    ) {
        guard let state = attempts[id], state.holdsSlots else { return }
        if state.isForgotten { return remove(id, &directives) }
        attempts[id]?.processEnd = end
        attempts[id]?.phase = .finishing
        if state.isKill { return finish(id, at: now, &directives) }
        if let leftover = end.leftover, !state.checkpoints.hasAny, end.wasAskedToStop || end.exitCode == 0 {
            attempts[id]?.checkpoints.add(leftover)
        }
        advanceUpload(id, &directives)
        finishIfIdle(id, at: now, &directives)
    }

    private mutating func finishIfIdle(_ id: AttemptID, at now: Double, _ directives: inout [AgentDirective]) {
        guard let state = attempts[id], state.phase == .finishing, state.checkpoints.isIdle else { return }
        finish(id, at: now, &directives)
    }

    /// Nothing more will be uploaded.
    private mutating func finish(_ id: AttemptID, at now: Double, _ directives: inout [AgentDirective]) {
        guard let state = attempts[id], let end = state.processEnd else { return }
        if state.checkpoints.uploading != nil { directives.append(.cancelUpload(id)) }
        attempts[id]?.checkpoints.clear()
        let ended = state.ended(end, at: now)
        attempts[id]?.phase = .ended(ended)
        directives.append(.report(ended))
    }

    private mutating func endAcknowledged(_ id: AttemptID, at now: Double, _ directives: inout [AgentDirective]) {
        guard case .ended = attempts[id]?.phase else { return }
        acknowledged[id] = now
        remove(id, &directives)
    }
}

// MARK: - Checkpoints

extension AgentMachine {
    private mutating func announced(
        _ id: AttemptID, _ checkpoint: CheckpointAnnouncement, at now: Double, _ directives: inout [AgentDirective]
    ) {
        guard let state = attempts[id], state.holdsSlots, !state.isKill else { return }
        attempts[id]?.checkpointAt = now
        attempts[id]?.checkpoints.add(checkpoint)
        advanceUpload(id, &directives)
    }

    private mutating func uploadEnded(
        _ id: AttemptID, _ name: String, _ result: UploadResult, at now: Double, _ directives: inout [AgentDirective]
    ) {
        guard let state = attempts[id], state.checkpoints.uploading?.name == name else { return }
        if result == .stale {
            // No later one of this attempt would be taken either.
            attempts[id]?.checkpoints.clear()
        } else {
            attempts[id]?.checkpoints.finished(stored: result == .stored)
        }
        advanceUpload(id, &directives)
        finishIfIdle(id, at: now, &directives)
    }

    private mutating func advanceUpload(_ id: AttemptID, _ directives: inout [AgentDirective]) {
        guard let step = attempts[id]?.checkpoints.next() else { return }
        directives += step.prune.map { .prune(id, name: $0) }
        if let upload = step.upload { directives.append(.upload(id, upload)) }
    }
}
