import AgentTestSupport
import Glibc
import HyperSchedProtocol
import Testing

@testable import WorkerAgent

/// The agent's own life and death.
@Suite(.serialized) struct AgentProcessTests {
    let harness: AgentHarness

    init() throws {
        harness = try AgentHarness()
        try harness.startAgent()
    }

    /// Starts a trial that prepares itself for SIGTERM, reports once and then does as the script says.
    private func startTrial(
        trap: String = "exit 75", _ script: String = "while :; do sleep 0.01; done", grace: Double = 20
    ) async throws -> Assignment {
        let trial = harness.trial("trap '\(trap)' TERM; echo acc=1; \(script)", grace: grace)
        try harness.want(trial)
        try await harness.wait("a report") { !harness.daemon.reports.isEmpty }
        #expect(!harness.trialProcesses().isEmpty)
        return trial
    }

    @Test func killedAgentLeavesNoProcess() async throws {
        let folder = harness.folder
        let trial = try await startTrial(
            trap: "",
            """
            (setsid sh -c 'trap "" TERM; echo $$ > \(folder)/one; while :; do sleep 0.01; done' &) &
            while :; do sleep 0.01; done
            """, grace: 0.3)
        try await harness.wait("the second process") { harness.isAlive("one") }
        harness.signalAgent(SIGKILL)
        #expect(try await harness.agentStatus() == 137)
        try await harness.wait("an empty machine") { harness.trialProcesses().isEmpty && !harness.isAlive("one") }
        try await harness.wait("the keeper's last word") {
            FileAccess.exists(harness.work.attempt(trial.attempt).exitFile)
        }
        let exit = harness.work.attempt(trial.attempt).read(
            KeeperExit.self, harness.work.attempt(trial.attempt).exitFile)
        #expect(exit?.wasAskedToStop == true && exit?.wasKilled == true && exit?.signal == 9)
    }

    @Test func restartedAgentSendsEachReportOnce() async throws {
        let trial = try await startTrial(
            trap: "echo acc=4; exit 75",
            """
            cd $HYPERSCHED_CHECKPOINT_DIR
            until test -e \(harness.folder)/go; do sleep 0.01; done
            mkdir one; echo '[tune-metric]: {"step": 2, "acc": 2, "checkpoint": "one"}'
            until test -e \(harness.folder)/never; do sleep 0.01; done
            """)
        try harness.daemon.setDown(true)
        try FileAccess.writeAtomically([], to: harness.folder + "/go")
        let folder = harness.work.attempt(trial.attempt)
        try await harness.wait("the report on disk") {
            try AttemptJournal.read(FileAccess.read(folder.journalFile)).summary.reportCount == 2
        }
        let seen = try AttemptJournal.read(FileAccess.read(folder.journalFile)).summary.unsent
        harness.signalAgent(SIGKILL)
        _ = try await harness.agentStatus()
        try harness.daemon.setDown(false)
        try harness.startAgent()
        let ended = try await harness.end(of: trial.attempt)
        #expect(ended.outcome == .interrupted)
        #expect(ended.exitCode == 75)
        #expect(harness.daemon.reports.map(\.sequence) == [1, 2, 3])
        #expect(harness.daemon.reports.map { $0.metrics["acc"]?.number } == [1, 2, 4])
        // The very report that the first process saw, its time included.
        #expect(harness.daemon.reports[1] == seen[0])
        #expect(harness.daemon.uploads.map(\.step) == [2])
        // The new process said that it still held the attempt.
        let session = try #require(harness.daemon.syncs.last?.session)
        #expect(harness.daemon.syncs.first { $0.session == session }?.attempts == [trial.attempt])
    }

    /// Whenever the agent dies, and again while it recovers: no report is lost, and none comes in two versions.
    @Test(arguments: [2, 5, 20, 60]) func agentThatDiesAgainAndAgain(_ reportCount: Int) async throws {
        let trial = try await startTrial(
            trap: "echo acc=-1; sleep 0.2; exit 75",
            "i=0; while :; do i=$((i+1)); echo acc=$i; sleep 0.003; done")
        try await harness.wait("reports") { harness.daemon.reports.count >= reportCount }
        for _ in 0..<3 {
            harness.signalAgent(SIGKILL)
            _ = try await harness.agentStatus()
            let syncs = harness.daemon.syncs.count
            try harness.startAgent()
            try await harness.wait("a sync") { harness.daemon.syncs.count > syncs }
        }
        let ended = try await harness.end(of: trial.attempt)
        #expect(ended.outcome == .interrupted)
        let reports = harness.daemon.reports
        let last = try #require(reports.last)
        #expect(Set(reports.map(\.sequence)) == Set(1...last.sequence))
        #expect(Set(reports).count == Int(last.sequence))
        #expect(last.metrics["acc"]?.number == -1)
        #expect(Set(harness.daemon.ends).count == 1)
    }

    @Test func restartedAgentWaitsForTheSlot() async throws {
        let trial = try await startTrial(trap: "sleep 0.3; exit 75")
        harness.signalAgent(SIGKILL)
        _ = try await harness.agentStatus()
        let next = harness.trial("ls \(harness.work.attempts)/*/exit.json; echo acc=2", trial: 2)
        try harness.want(trial, next)
        try harness.startAgent()
        #expect(try await harness.end(of: trial.attempt).outcome == .interrupted)
        #expect(try await harness.end(of: next.attempt).outcome == .exited)
    }

    /// Its program dies with it; the rest is found by what is in its environment.
    @Test func killedKeeperLeavesNoProcess() async throws {
        let trial = try await startTrial(
            "(setsid sh -c 'while :; do sleep 0.01; done' &) & while :; do sleep 0.01; done")
        let folder = harness.work.attempt(trial.attempt)
        let keeper = try #require(folder.read(KeeperStart.self, folder.keeperFile))
        kill(keeper.keeperPID, SIGKILL)
        let ended = try await harness.end(of: trial.attempt)
        #expect(ended.outcome == .lost)
        #expect(harness.trialProcesses().isEmpty)
    }

    @Test func terminatedAgentDrains() async throws {
        let save = #"mkdir $HYPERSCHED_CHECKPOINT_DIR/a; echo '[hypersched]: {"checkpoint": "a"}'; exit 75"#
        try FileAccess.writeAtomically(Array(save.utf8), to: harness.folder + "/save")
        let trial = try await startTrial(trap: ". \(harness.folder)/save")
        harness.signalAgent(SIGTERM)
        #expect(try await harness.agentStatus() == 0)
        let ended = try #require(harness.daemon.ends.first)
        #expect(ended.attempt == trial.attempt)
        #expect(ended.outcome == .interrupted)
        #expect(ended.message == "the agent was shut down")
        #expect(harness.daemon.uploads.map(\.step) == [1])
    }

    @Test func secondSignalKills() async throws {
        _ = try await startTrial(trap: "touch \(harness.folder)/asked", grace: 3600)
        harness.signalAgent(SIGTERM)
        try await harness.wait("the request") { harness.file("asked") != nil }
        harness.signalAgent(SIGINT)
        #expect(try await harness.agentStatus() == 1)
        try await harness.wait("an empty machine") { harness.trialProcesses().isEmpty }
    }

    @Test func idleAgentEndsAtOnce() async throws {
        try await harness.wait("a sync") { !harness.daemon.syncs.isEmpty }
        harness.signalAgent(SIGINT)
        #expect(try await harness.agentStatus() == 0)
    }

    @Test func secondAgentOnTheSameDirectoryIsRefused() async throws {
        try await harness.wait("a sync") { !harness.daemon.syncs.isEmpty }
        let second = try harness.launchAgent()
        #expect(try await harness.status(of: second) == 1)
        #expect(harness.agentLog.contains("another agent uses the work directory \(harness.work.path)"))
    }

    /// An agent that hangs can not stop its trials when the lease ends: the keeper does.
    @Test func hangingAgentLosesItsTrials() async throws {
        let trial = harness.trial("echo acc=1; while :; do sleep 0.01; done")
        try harness.want(trial, lease: 1)
        try await harness.wait("a report") { !harness.daemon.reports.isEmpty }
        harness.signalAgent(SIGSTOP)
        defer { harness.signalAgent(SIGCONT) }
        try await harness.wait("an empty machine") { harness.trialProcesses().isEmpty }
    }
}
