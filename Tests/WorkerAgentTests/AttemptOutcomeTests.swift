import HyperSchedProtocol
import Testing
import WorkerAgent

/// What the daemon is told of each way to end.
@Suite struct AttemptOutcomeTests {
    struct Row: Sendable {
        var end: ProcessEnd
        var outcome: AttemptOutcome
        var message: String
        var failure: FailureClass?
    }

    static let rows = [
        Row(end: ProcessEnd(exitCode: 0, lastLine: "done"), outcome: .exited, message: "done"),
        Row(end: ProcessEnd(exitCode: 75, lastLine: "later"), outcome: .interrupted, message: "later"),
        Row(end: ProcessEnd(exitCode: 130), outcome: .interrupted, message: ""),
        Row(
            end: ProcessEnd(exitCode: 1, lastLine: "no data"), outcome: .failed, message: "exit status 1: no data",
            failure: .other),
        Row(
            end: ProcessEnd(exitCode: 3), outcome: .failed, message: "exit status 3, and it said nothing",
            failure: .other),
        Row(
            end: ProcessEnd(signal: 11), outcome: .failed, message: "crashed: segmentation fault (SIGSEGV)",
            failure: .signal),
        Row(
            end: ProcessEnd(signal: 9, lastLine: "epoch 3"), outcome: .failed,
            message: "killed by SIGKILL, maybe out of memory: nobody here sent it; the kernel's out-of-memory killer "
                + "does, most often; last line: epoch 3", failure: .oom),
        Row(end: ProcessEnd(signal: 40), outcome: .failed, message: "crashed: signal 40", failure: .signal),
        Row(end: ProcessEnd(exitCode: 0, wasAskedToStop: true), outcome: .interrupted, message: ""),
        Row(end: ProcessEnd(exitCode: 1, wasAskedToStop: true), outcome: .interrupted, message: ""),
        Row(end: ProcessEnd(signal: 15, wasAskedToStop: true), outcome: .interrupted, message: ""),
        Row(
            end: ProcessEnd(signal: 9, wasAskedToStop: true, wasKilled: true), outcome: .killed,
            message: "had to be killed: it did not end within its grace period"),
        Row(
            end: ProcessEnd(startFailure: "no such program"), outcome: .failed, message: "no such program",
            failure: .start),
        Row(
            end: ProcessEnd(keeperVanished: true), outcome: .lost,
            message: "the process that watches over the trial vanished", failure: .other),
    ]

    @Test(arguments: rows) func outcome(_ row: Row) {
        var machine = AgentMachineTests.machine(.running)
        let directives = machine.handle(.processEnded(AgentMachineTests.id, row.end), at: 20)
        let told = AttemptEnded(
            attempt: AgentMachineTests.id, outcome: row.outcome, exitCode: row.end.exitCode, signal: row.end.signal,
            message: row.message, elapsedSeconds: 0, failure: row.failure,
            lastLines: row.end.lastLines.isEmpty ? nil : row.end.lastLines)
        #expect(directives == [.report(told)])
    }

    /// Without an announcement the directory itself is the checkpoint, but not that of a failure.
    @Test(arguments: [
        (ProcessEnd(exitCode: 0, wasAskedToStop: true), true), (ProcessEnd(exitCode: 0), true),
        (ProcessEnd(exitCode: 1), false), (ProcessEnd(signal: 9, wasAskedToStop: true, wasKilled: true), true),
    ]) func leftover(_ end: ProcessEnd, _ isUploaded: Bool) {
        var end = end
        let whole = CheckpointAnnouncement(name: ".", step: 4)
        end.leftover = whole
        var machine = AgentMachineTests.machine(.running)
        let directives = machine.handle(.processEnded(AgentMachineTests.id, end), at: 20)
        #expect(directives.contains(.upload(AgentMachineTests.id, whole)) == isUploaded)
    }
}
