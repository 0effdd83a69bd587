internal import HyperSchedProtocol
internal import Scheduler

extension ClusterSimulation {
    /// What the scheduler wants of one attempt.
    mutating func carryOut(_ lease: LeaseRecord) {
        guard let process = processes[lease.attempt.trial], process.lease.attempt == lease.attempt else {
            if lease.goal == .run { launch(lease) }
            return
        }
        guard lease.goal != .run, !process.stopping else { return }
        processes[lease.attempt.trial]!.stopping = true
        let stop = setup.sweeps[index(of: lease.sweep)].stopSeconds
        schedule(.ended(lease.attempt), at: lease.goal == .kill ? now : now.advanced(bySeconds: stop))
    }

    private mutating func launch(_ lease: LeaseRecord) {
        let sweep = index(of: lease.sweep)
        if lease.attempt.number == 1 { outcomes[sweep].trialsStarted += 1 } else { outcomes[sweep].restarts += 1 }
        let trial = state.trial(lease.attempt.trial)!
        if let parent = lease.resumeFrom?.attempt.trial, parent != trial.id {
            inheritedRuns[trial.id] = inheritedRuns[parent] ?? state.trial(parent)!.index
        }
        let ready = now.advanced(bySeconds: setup.sweeps[sweep].startupSeconds)
        let (id, number) = (trial.id.rawValue, lease.attempt.number)
        processes[trial.id] = SimulatedProcess(
            lease: lease, run: setup.sweeps[sweep].trial(inheritedRuns[trial.id] ?? trial.index),
            pace: setup.faults.pace(of: id, attempt: number), step: lease.resumeFrom?.step ?? 0, stepBegan: ready)
        if let seconds = setup.faults.crash(of: id, attempt: number) {
            schedule(.crashed(lease.attempt), at: now.advanced(bySeconds: seconds))
        }
        scheduleStep(of: trial.id)
    }

    private mutating func scheduleStep(of id: TrialID) {
        let process = processes[id]!
        guard process.step < process.run.stepSeconds.count else {
            // The recorded run has no further step: the program ends by itself.
            processes[id]!.stopping = true
            processes[id]!.outcome = process.run.fails ? .failed : .exited
            schedule(.ended(process.lease.attempt), at: process.stepBegan)
            return
        }
        let throughput = setup.sweeps[index(of: process.lease.sweep)].throughput
        let seconds =
            process.run.stepSeconds[process.step] * process.pace / throughput.speed(slots: process.lease.slotCount)
        schedule(.stepDone(process.lease.attempt), at: process.stepBegan.advanced(bySeconds: seconds))
    }

    private func live(_ attempt: AttemptID) -> SimulatedProcess? {
        processes[attempt.trial].flatMap { $0.lease.attempt == attempt ? $0 : nil }
    }

    mutating func stepDone(_ attempt: AttemptID) {
        guard var process = live(attempt), !process.stopping, process.vanished.isEmpty else { return }
        let sweep = index(of: process.lease.sweep)
        let objective = process.run.objective[process.step]
        outcomes[sweep].trainingSlotSeconds += now.seconds(since: process.stepBegan) * Double(process.lease.slotCount)
        process.step += 1
        process.sequence += 1
        process.stepBegan = now
        processes[attempt.trial] = process
        outcomes[sweep].points.append(
            .init(seconds: seconds(now), trial: attempt.trial, step: process.step, objective: objective))
        // Durable before the report, as with a real agent that uploads while the next step runs.
        let checkpoint = CheckpointInfo(
            sha256: "", size: 0, step: process.step, attempt: attempt, objective: MetricValue(objective))
        _ = state.apply(.checkpointStored(checkpoint), at: now)
        let report = report(process, objective)
        _ = state.apply(
            .reported(process.lease.agent, ReportBatch(session: "simulated", reports: [report], ended: [])), at: now)
        noteImprovement(of: attempt.trial, in: sweep)
        if state.lease(of: attempt.trial)?.goal == .run { scheduleStep(of: attempt.trial) }
    }

    private func report(_ process: SimulatedProcess, _ objective: Double) -> TrialReport {
        let sweep = setup.sweeps[index(of: process.lease.sweep)]
        return TrialReport(
            attempt: process.lease.attempt, sequence: process.sequence, step: process.step,
            metrics: [sweep.spec.metric.name: MetricValue(objective)],
            elapsedSeconds: now.seconds(since: process.lease.startedAt),
            setupSeconds: process.sequence == 1 ? sweep.startupSeconds : nil)
    }

    private mutating func noteImprovement(of id: TrialID, in sweep: Int) {
        guard let score = state.trial(id)!.bestScore else { return }
        let metric = setup.sweeps[sweep].spec.metric
        if let best = outcomes[sweep].best, metric.score(of: best) >= score { return }
        outcomes[sweep].improvements.append(
            .init(seconds: seconds(now), objective: metric.value(ofScore: score), trial: id))
    }

    mutating func crashed(_ attempt: AttemptID) {
        guard let process = live(attempt), !process.stopping else { return }
        processes[attempt.trial]!.stopping = true
        processes[attempt.trial]!.outcome = .failed
        ended(process.lease.attempt)
    }

    mutating func ended(_ attempt: AttemptID) {
        guard let process = live(attempt) else { return }
        processes[attempt.trial] = nil
        let asked = state.lease(of: attempt.trial).map { $0.goal != .run } ?? false
        let ended = AttemptEnded(
            attempt: attempt, outcome: process.outcome, message: "",
            elapsedSeconds: now.seconds(since: process.lease.startedAt),
            stopSeconds: asked ? setup.sweeps[index(of: process.lease.sweep)].stopSeconds : nil)
        let batch = ReportBatch(session: "simulated", reports: [], ended: [ended])
        // The leader last: what ends by itself ends everywhere.
        for agent in process.lease.agents.reversed() where !process.vanished.contains(agent) {
            _ = state.apply(.reported(agent, batch), at: now)
        }
    }
}
