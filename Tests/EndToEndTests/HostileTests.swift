import Foundation
import HyperSchedClient
import HyperSchedProtocol
import Testing

/// Programs that misbehave, each in a sweep of its own, all at once on one agent: each ends in the right state with an
/// explanation, and leaves nothing behind.
@Suite(.serialized, .timeLimit(.minutes(5))) struct HostileTests {
    struct Kind: Sendable {
        let name: String
        let state: TrialState
        var failure: FailureClass?
        /// What the explanation says, among others.
        var says = ""
        var limits = "{trial_wall: 60s, no_report: 30s}"
        var retries = 0
    }

    static let ends: [Kind] = [
        Kind(name: "double_fork", state: .completed), Kind(name: "many_orphans", state: .completed),
        Kind(name: "endless_line", state: .completed), Kind(name: "garbage", state: .completed),
        Kind(name: "steps_go_back", state: .completed), Kind(name: "same_step_twice", state: .completed),
        Kind(name: "closes_output", state: .completed), Kind(name: "deletes_checkpoints", state: .completed),
        Kind(name: "links", state: .completed), Kind(name: "false_checkpoint", state: .completed),
        Kind(name: "leads_out", state: .completed), Kind(name: "deletes_folder", state: .completed),
        Kind(name: "huge_json", state: .completed),
        Kind(name: "nan", state: .diverged), Kind(name: "infinity", state: .diverged),
    ]

    static let stopped: [Kind] = [
        Kind(
            name: "ignores_sigterm", state: .failed, failure: .noReport, says: "limits.no_report is 3 s",
            limits: "{no_report: 3s}"),
        Kind(
            name: "stubborn_children", state: .failed, failure: .timeout, says: "limits.trial_wall is 3 s",
            limits: "{trial_wall: 3s}"),
        Kind(
            name: "flood", state: .failed, failure: .timeout, says: "limits.trial_wall is 6 s",
            limits: "{trial_wall: 6s, output: 200kB}"),
        Kind(
            name: "hangs", state: .failed, failure: .noReport, says: "no report for 3 s", limits: "{no_report: 3s}",
            retries: 1),
        Kind(name: "stops_itself", state: .failed, failure: .noReport, says: "no report", limits: "{no_report: 3s}"),
        Kind(
            name: "fills_disk", state: .failed, failure: .disk, says: "limits.disk is 10 MB", limits: "{disk: 10MB}",
            retries: 2),
    ]

    static let failures: [Kind] = [
        Kind(name: "no_metric", state: .noMetric, failure: .noMetric, says: "it reported loss, val_accuracy"),
        Kind(name: "many_metrics", state: .noMetric, failure: .noMetric, says: "it reported nothing"),
        Kind(name: "crash", state: .failed, failure: .other, says: "ValueError: learning rate", retries: 1),
        Kind(name: "missing_module", state: .failed, failure: .missingModule, says: "'a_module_that_nobody_has'"),
        Kind(name: "memory_error", state: .failed, failure: .oom, says: "ran out of memory"),
        Kind(name: "killed", state: .failed, failure: .oom, says: "SIGKILL"),
        Kind(name: "cuda_memory", state: .failed, failure: .oom, says: "ran out of GPU memory"),
        Kind(name: "segfault", state: .failed, failure: .signal, says: "segmentation fault"),
        Kind(
            name: "no_progress", state: .failed, failure: .noProgress, says: "without getting any further", retries: 1),
        Kind(name: "usage", state: .failed, failure: .usage, says: "no such data set: mnits", retries: 2),
        Kind(name: "bad_arguments", state: .failed, failure: .usage, says: "unrecognized arguments", retries: 2),
    ]

    static let program = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Programs/hostile-trial.py").path()

    static func file(_ kind: Kind) -> String {
        """
        name: \(kind.name)
        command: [python3, "\(program)"]
        method: grid
        metric: {name: acc, goal: maximize}
        parameters:
          kind: {values: [\(kind.name)]}
        hypersched:
          in: 100s
          policy: fifo
          steps: {max: 3}
          limits: \(kind.limits)
          retry: {max: \(kind.retries), on: [other, oom, signal, no_report, no_progress]}
          checkpoint: {grace: 1s}
        """
    }

    @Test func eachEndsInTheRightStateAndLeavesNothing() async throws {
        let cluster = try LiveCluster()
        try cluster.startDaemon()
        let kinds = Self.ends + Self.stopped + Self.failures
        try cluster.startAgent(slots: kinds.count)
        var sweeps: [(Kind, SweepID)] = []
        for kind in kinds { sweeps.append((kind, try cluster.submit(Self.file(kind)))) }
        // The look for processes sees those that are there.
        try await cluster.wait(for: "a process to be seen") { Self.processes(of: nil, in: cluster).isEmpty == false }
        for (kind, sweep) in sweeps { try await check(kind, sweep, cluster) }
        let agent = try await cluster.client.agent(AgentID("node"))
        #expect(agent.slotsHeld == 0 && agent.quarantined == nil, "\(agent)")
        cluster.shutDown()
        #expect(try cluster.leftProcesses() == [])
    }

    private func check(_ kind: Kind, _ sweep: SweepID, _ cluster: LiveCluster) async throws {
        var ranked: RankedTrial?
        try await cluster.wait(for: "the end of \(kind.name)") {
            ranked = try? await cluster.client.ranking(of: sweep).items.first
            return ranked?.state.isTerminal ?? false
        }
        let id = try #require(ranked).trial
        #expect(Self.processes(of: id, in: cluster) == [], "\(kind.name) left processes")
        let detail = try await cluster.client.trial(id)
        #expect(detail.ranked.state == kind.state, "\(kind.name): \(detail.stateReason ?? "")")
        #expect(detail.failureLog?.last?.kind == kind.failure, "\(kind.name): \(detail.failureLog ?? [])")
        let explanation = detail.failureLog?.last?.explanation ?? ""
        #expect(kind.says.isEmpty || explanation.contains(kind.says), "\(kind.name): '\(explanation)'")
        let shown = try cluster.run(["trial", "show", "\(id)"]).output
        #expect(shown.contains(detail.ranked.state.rawValue))
        if kind.failure != nil { #expect(shown.contains("failure    \(kind.failure!.rawValue), attempt"), "\(shown)") }
        try await checkMore(kind, detail, cluster)
    }

    /// Of the trial, or of any, wherever they are, by what their environment says.
    private static func processes(of trial: TrialID?, in cluster: LiveCluster) -> [String] {
        let folder = "\(cluster.directory.path())/agent-node/attempts/".replacing("//", with: "/")
        let mark = "HYPERSCHED_CHECKPOINT_DIR=\(folder)" + (trial.map { "\($0)." } ?? "")
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.filter { entry in
            let environment = FileManager.default.contents(atPath: "/proc/\(entry)/environ") ?? Data()
            return Int32(entry) != nil && String(decoding: environment, as: UTF8.self).contains(mark)
        }
    }

    private func checkMore(_ kind: Kind, _ detail: TrialDetail, _ cluster: LiveCluster) async throws {
        let id = detail.ranked.trial
        switch kind.name {
        case "flood":
            try await cluster.wait(for: "the log's end") {
                try cluster.run(["trial", "logs", "\(id)"]).output.hasSuffix("y\n")
            }
            let log = try cluster.run(["trial", "logs", "\(id)"]).output
            #expect(log.contains("[hypersched: output beyond 200000 bytes is left out (limits.output)"))
            #expect(log.utf8.count < 220_000)
        case "no_metric":
            #expect(detail.failureLog?.last?.lastLines == ["loading data", "done, the model is great"])
        case "many_metrics":
            #expect(detail.failureLog?.last?.lastLines.last?.contains("was ignored") == true)
        case "links", "false_checkpoint", "leads_out":
            #expect(detail.latestCheckpoint == nil)
            #expect(detail.attempts.last?.message?.contains("was not stored") == true, "\(detail.attempts)")
        case "steps_go_back", "same_step_twice":
            let points = try await cluster.client.curve(of: id, PageRequest(limit: 100)).items
            #expect(points.count == (kind.name == "steps_go_back" ? 5 : 4), "nothing is dropped")
        case "hangs", "crash", "no_progress": #expect(detail.attempts.count == 2, "tried once again")
        case "usage", "bad_arguments", "fills_disk": #expect(detail.attempts.count == 1, "not tried again")
        default: break
        }
    }
}
