import AgentTestSupport
import Dispatch  // the importer takes `stat` for one of its own, or for one of Foundation's
import Foundation
import Glibc
import HyperSchedProtocol
import Testing

@testable import WorkerAgent

/// Real processes: one agent, shell scripts for trials.
@Suite(.serialized) struct TrialProcessTests {
    let harness: AgentHarness

    init() throws {
        harness = try AgentHarness()
        try harness.startAgent()
    }

    private func run(_ script: String, grace: Double = 20) async throws -> AttemptEnded {
        let trial = harness.trial(script, grace: grace)
        try harness.want(trial)
        return try await harness.end(of: trial.attempt)
    }

    @Test(arguments: [(0, AttemptOutcome.exited), (75, .interrupted), (130, .interrupted), (1, .failed), (64, .failed)])
    func exitStatus(_ status: Int, _ outcome: AttemptOutcome) async throws {
        let ended = try await run("echo acc=0.5; echo some words >&2; exit \(status)")
        #expect(ended.outcome == outcome)
        #expect(ended.exitCode == status)
        #expect(ended.message == (outcome == .failed ? "exit status \(status): some words" : "some words"))
        #expect(ended.failure == (outcome == .failed ? status == 64 ? .usage : .other : nil))
        #expect(ended.elapsedSeconds > 0)
        #expect(ended.stopSeconds == nil)
        #expect(harness.daemon.reports.map(\.metrics) == [["acc": 0.5]])
        // Forgotten and cleaned up once the daemon has it.
        try await harness.wait("an empty work directory") { FileAccess.names(in: harness.work.attempts).isEmpty }
        #expect(harness.daemon.log(of: ended.attempt) == "acc=0.5\nsome words\n")
    }

    @Test func signalOfUnknownOrigin() async throws {
        let ended = try await run("kill -9 $$")
        #expect(ended.outcome == .failed)
        #expect(ended.signal == 9)
        #expect(ended.failure == .oom && ended.message.hasPrefix("killed by SIGKILL, maybe out of memory"))
    }

    @Test func programThatIsMissing() async throws {
        var trial = harness.trial("")
        trial.program = .command(["no-such-program", "${args}"])
        try harness.want(trial)
        let ended = try await harness.end(of: trial.attempt)
        #expect(ended.outcome == .failed)
        #expect(ended.message == "program 'no-such-program' was not found in PATH (/usr/local/bin:/usr/bin:/bin)")
    }

    @Test func programThatIsNoProgram() async throws {
        var trial = harness.trial("")
        trial.program = .command(["/etc/passwd"])
        try harness.want(trial)
        let ended = try await harness.end(of: trial.attempt)
        #expect(ended.outcome == .failed)
        #expect(ended.message == "can not be started: /etc/passwd: Permission denied")
    }

    @Test func environmentAndCommandLine() async throws {
        let script = """
            env | grep -E '^(HYPERSCHED|OMP)_' | sort > \(harness.folder)/env
            cat $HYPERSCHED_PARAMS_FILE > \(harness.folder)/params; pwd > \(harness.folder)/pwd
            test -d $HYPERSCHED_CHECKPOINT_DIR; echo "$@" > \(harness.folder)/args
            """
        var trial = harness.trial(script, slots: [0, 1])
        trial.program = .command(["/bin/sh", "-c", script, "name", "${args}"])
        try harness.want(trial)
        #expect(try await harness.end(of: trial.attempt).outcome == .exited)
        #expect(harness.file("args") == "--depth=3 --lr=0.5\n")
        #expect(harness.file("params") == #"{"depth":3,"lr":0.5}"#)
        #expect(harness.file("pwd") == harness.folder + "\n")
        let environment = try #require(harness.file("env")).split(separator: "\n").map(String.init)
        let work = harness.work.path
        #expect(
            environment.filter { line in
                !["TIME_LEFT", "TOKEN=", "DEADLINE", "REPORT_URL"].contains { line.contains($0) }
            } == [
                "HYPERSCHED_ATTEMPT=1", "HYPERSCHED_CHECKPOINT_DIR=\(work)/attempts/1.1/checkpoints",
                "HYPERSCHED_MAX_STEPS=10", "HYPERSCHED_PARAMS_FILE=\(work)/params/1.json", "HYPERSCHED_PARAM_DEPTH=3",
                "HYPERSCHED_PARAM_LR=0.5", "HYPERSCHED_SEED=99", "HYPERSCHED_SLOTS=2", "HYPERSCHED_SWEEP_ID=7",
                "HYPERSCHED_TRIAL_ID=1", "OMP_NUM_THREADS=2",
            ])
        #expect(environment.contains { $0.hasPrefix("HYPERSCHED_TIME_LEFT_S=35") })
        #expect(environment.contains { $0.hasPrefix("HYPERSCHED_REPORT_URL=http://127.0.0.1:") })
        // Its own, not the agent's.
        #expect(environment.contains { $0.hasPrefix("HYPERSCHED_TOKEN=") && !$0.hasSuffix("=secret") })
    }

    @Test func garbageAndFloodDoNoHarm() async throws {
        let ended = try await run(
            """
            head -c 3000000 /dev/urandom; echo; head -c 200000 /dev/zero | tr '\\0' x; echo; echo 'acc=0.25'
            echo '[tune-metric]: {"acc": NaN, "step": 2'; echo '[tune-metric]: {"acc": NaN, "step": 2}'
            printf 'acc=0.75'
            """)
        #expect(ended.outcome == .exited)
        let reports = harness.reports(of: ended.attempt)
        #expect(reports.map(\.step) == [1, 2, 3])
        #expect(reports.map { $0.metrics["acc"] } == [0.25, MetricValue(.nan), 0.75])
        #expect(reports.map(\.sequence) == [1, 2, 3])
    }

    /// The disk space of what was read and sent is given back while the program still talks.
    @Test func aFloodDoesNotFillTheDisk() async throws {
        let trial = harness.trial(
            """
            head -c 40000000 /dev/zero; echo; echo acc=1
            until test -e \(harness.folder)/go; do sleep 0.01; done; echo acc=2
            """)
        try harness.want(trial)
        let output = harness.work.attempt(trial.attempt).outputFile
        try await harness.wait("a hole in the output") {
            var status = stat()
            return stat(output, &status) == 0 && status.st_size > 40_000_000 && status.st_blocks * 512 < 20_000_000
        }
        try FileAccess.writeAtomically([], to: harness.folder + "/go")
        #expect(try await harness.end(of: trial.attempt).outcome == .exited)
        #expect(harness.reports(of: trial.attempt).map { $0.metrics["acc"]?.number } == [1, 2])
    }

    @Test func manyReportsComeOnceAndInOrder() async throws {
        let ended = try await run("i=0; while [ $i -lt 5000 ]; do i=$((i+1)); echo acc=$i; done")
        let reports = harness.reports(of: ended.attempt)
        #expect(reports.map(\.sequence) == Array(1...5000))
        #expect(reports.map { $0.metrics["acc"]?.number } == (1...5000).map(Double.init))
        #expect(harness.daemon.batches.allSatisfy { $0.reports.count <= ReportBatch.maximumReports })
    }

    @Test func stopLetsItWriteACheckpoint() async throws {
        var trial = harness.trial(
            """
            cd $HYPERSCHED_CHECKPOINT_DIR
            save() { mkdir a; echo weights > a/w; echo '[hypersched]: {"checkpoint": "a", "step": 1}'; exit 75; }
            trap save TERM; echo acc=0.5
            while :; do sleep 0.01; done
            """)
        try harness.want(trial)
        try await harness.wait("a report") { !harness.daemon.reports.isEmpty }
        trial.goal = .stop
        try harness.want(trial)
        let ended = try await harness.end(of: trial.attempt)
        #expect(ended.outcome == .interrupted)
        #expect(ended.exitCode == 75)
        #expect(try #require(ended.stopSeconds) > 0)
        let upload = try #require(harness.daemon.uploads.first)
        #expect(upload.step == 1)
        // It goes on from there.
        let next = harness.trial("cat $HYPERSCHED_RESUME_FROM/w; echo acc=0.75", number: 2, resumeFrom: upload)
        try harness.want(next)
        #expect(try await harness.end(of: next.attempt).outcome == .exited)
        try await harness.wait("the log") { harness.daemon.log(of: next.attempt) == "weights\nacc=0.75\n" }
        #expect(harness.reports(of: next.attempt).map(\.step) == [2])
    }

    @Test func filesWithoutAnnouncementAreACheckpoint() async throws {
        var trial = harness.trial("echo weights > $HYPERSCHED_CHECKPOINT_DIR/w; echo acc=0.5; sleep 1000")
        try harness.want(trial)
        try await harness.wait("a report") { !harness.daemon.reports.isEmpty }
        trial.goal = .stop
        try harness.want(trial)
        let ended = try await harness.end(of: trial.attempt)
        #expect(ended.outcome == .interrupted)
        #expect(ended.signal == 15)
        #expect(harness.daemon.uploads.map(\.step) == [1])
    }

    @Test func programThatIgnoresTheRequestIsKilled() async throws {
        var trial = harness.trial("trap '' TERM; echo acc=1; while :; do sleep 0.01; done", grace: 0.2)
        try harness.want(trial)
        try await harness.wait("a report") { !harness.daemon.reports.isEmpty }
        trial.goal = .stop
        try harness.want(trial)
        let ended = try await harness.end(of: trial.attempt)
        #expect(ended.outcome == .killed)
        #expect(ended.signal == 9)
        #expect(try #require(ended.stopSeconds) >= 0.2)
        #expect(harness.trialProcesses().isEmpty)
    }

    @Test func goalKillIsAtOnce() async throws {
        var trial = harness.trial("trap '' TERM; echo acc=1; while :; do sleep 0.01; done", grace: 3600)
        try harness.want(trial)
        try await harness.wait("a report") { !harness.daemon.reports.isEmpty }
        trial.goal = .kill
        try harness.want(trial)
        let ended = try await harness.end(of: trial.attempt)
        #expect(ended.outcome == .killed)
        #expect(ended.message == "killed on request")
        #expect(ended.stopSeconds == nil)
    }

    /// Two ways out of the process group: a double fork into a new session, and that with an emptied environment.
    @Test func processesThatWereLeftBehindAreKilled() async throws {
        let folder = harness.folder
        let ended = try await run(
            """
            (setsid sh -c 'trap "" TERM HUP; echo $$ > \(folder)/one; while :; do sleep 0.01; done' &) &
            (env -i setsid sh -c 'echo $$ > \(folder)/two; while :; do sleep 0.01; done' > /dev/null 2>&1 &) &
            until test -s \(folder)/one -a -s \(folder)/two; do sleep 0.01; done
            """)
        #expect(ended.outcome == .exited)
        #expect(harness.file("one") != nil && harness.file("two") != nil)
        #expect(!harness.isAlive("one") && !harness.isAlive("two"))
        #expect(harness.trialProcesses().isEmpty)
    }

    @Test func whatTheDaemonDroppedIsKilledAndForgotten() async throws {
        let trial = harness.trial("trap '' TERM; echo acc=1; while :; do sleep 0.01; done", grace: 3600)
        try harness.want(trial)
        try await harness.wait("a report") { !harness.daemon.reports.isEmpty }
        // The next one waits for the slot.
        let next = harness.trial("echo acc=2", trial: 2)
        try harness.want(next)
        #expect(try await harness.end(of: next.attempt).outcome == .exited)
        #expect(harness.trialProcesses().isEmpty)
        #expect(harness.daemon.ends.map(\.attempt) == [next.attempt])
        try await harness.wait("an empty work directory") { FileAccess.names(in: harness.work.attempts).isEmpty }
    }

    @Test func daemonThatIsDownForAWhile() async throws {
        let trial = harness.trial(
            "echo acc=1; until test -e \(harness.folder)/go; do sleep 0.01; done; echo acc=2; echo acc=3")
        try harness.want(trial)
        try await harness.wait("a report") { !harness.daemon.reports.isEmpty }
        try harness.daemon.setDown(true)
        try FileAccess.writeAtomically([], to: harness.folder + "/go")
        try await harness.wait("the end of the process") {
            FileAccess.exists(harness.work.attempt(trial.attempt).exitFile)
        }
        #expect(harness.daemon.reports.count == 1)
        try harness.daemon.setDown(false)
        let ended = try await harness.end(of: trial.attempt)
        #expect(ended.outcome == .exited)
        #expect(harness.daemon.reports.map(\.sequence) == [1, 2, 3])
    }

    @Test func leaseThatEndsStopsTheTrials() async throws {
        let trial = harness.trial("trap 'exit 75' TERM; echo acc=1; while :; do sleep 0.01; done")
        try harness.want(trial, lease: 1)
        try await harness.wait("a report") { !harness.daemon.reports.isEmpty }
        try harness.daemon.setDown(true)
        try await harness.wait("the end of the process") { harness.trialProcesses().isEmpty }
        try harness.daemon.setDown(false)
        let ended = try await harness.end(of: trial.attempt)
        #expect(ended.outcome == .interrupted)
        #expect(ended.message == "the agent lost touch with the daemon")
    }

    @Test func bestAndLatestCheckpointsAreUploaded() async throws {
        let ended = try await run(
            """
            cd $HYPERSCHED_CHECKPOINT_DIR
            for i in 1 2 3 4 5; do
              mkdir c$i; echo $i > c$i/w
              acc=0.$i; test $i = 3 && acc=0.9
              echo "[tune-metric]: {\\"step\\": $i, \\"acc\\": $acc, \\"checkpoint\\": \\"c$i\\"}"
            done
            """)
        #expect(ended.outcome == .exited)
        let steps = harness.daemon.uploads.map(\.step)
        #expect(steps.contains(3))
        #expect(steps.last == 5)
        #expect(harness.daemon.uploads.first { $0.step == 3 }?.objective == 0.9)
    }

    @Test func onlyTheNewestArchivesStayOnDisk() async throws {
        let ended = try await run(
            """
            cd $HYPERSCHED_CHECKPOINT_DIR
            for i in $(seq 1 12); do
              mkdir c$i; echo $i > c$i/w
              echo "[tune-metric]: {\\"step\\": $i, \\"acc\\": $i, \\"checkpoint\\": \\"c$i\\"}"
              least=$((i < 9 ? i : 9))
              until test $(ls \(harness.work.cache) | wc -l) -ge $least -a ! -e c$((i - 1)); do sleep 0.01; done
            done
            """)
        #expect(ended.outcome == .exited)
        try await harness.wait("the last upload") { harness.daemon.uploads.last?.step == 12 }
        #expect(FileAccess.names(in: harness.work.cache).count == 9)
    }

    @Test func refusedCheckpointsAreDropped() async throws {
        try harness.daemon.setRefusingCheckpoints(true)
        let ended = try await run(
            #"mkdir $HYPERSCHED_CHECKPOINT_DIR/c; echo '[hypersched]: {"checkpoint": "c", "step": 1}'"#)
        #expect(ended.outcome == .exited)
        #expect(harness.daemon.uploads.isEmpty)
    }

    @Test(arguments: ["link", "file", "none", "..", "../../1.1", "/etc", ""])
    func onlyDirectoriesInsideAreUploaded(_ name: String) async throws {
        let ended = try await run(
            """
            cd $HYPERSCHED_CHECKPOINT_DIR; ln -s /etc/apt link; touch file
            echo '[hypersched]: {"checkpoint": "\(name)", "step": 1}'
            """)
        #expect(ended.outcome == .exited)
        #expect(harness.daemon.uploads.isEmpty)
    }
}
