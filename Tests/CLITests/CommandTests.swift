import ArgumentParser
import HyperSchedClient
import HyperSchedProtocol
import Testing

@testable import HyperSchedCLI

@Suite struct CommandTests {
    private func failure(_ arguments: String...) -> CommandFailure? {
        do {
            var command = try RootCommand.parseAsRoot(arguments)
            // Help and the version are commands of their own.
            if !(command is any AsyncParsableCommand) { try command.run() }
            return nil
        } catch {
            return CommandFailure(error)
        }
    }

    @Test func commandsAreFound() throws {
        #expect(try RootCommand.parseAsRoot(["sweep", "run", "a.yaml", "--watch"]) is SweepRun)
        #expect(try RootCommand.parseAsRoot(["sweep", "rank", "3", "--json"]) is SweepRank)
        #expect(try RootCommand.parseAsRoot(["trial", "logs", "4", "-f", "--attempt", "2"]) is TrialLogs)
        #expect(try RootCommand.parseAsRoot(["best", "3", "--to", "dir"]) is BestCommand)
        #expect(try RootCommand.parseAsRoot(["agent", "drain", "n1"]) is AgentDrain)
        for arguments in [["agent", "run", "--daemon", "http://h:1"], ["agent", "--daemon", "http://h:1"]] {
            let run = try #require(try RootCommand.parseAsRoot(arguments) as? AgentRun)
            #expect(run.daemon.url == "http://h:1")
        }
    }

    @Test func workloadsAreListed() throws {
        #expect(failure("workloads") == nil)
        #expect(failure("workloads", "nbdt") == nil)
        let unknown = try #require(failure("workloads", "nbtd"))
        #expect(
            unknown.status == .failure && unknown.message.contains("there are ") && unknown.message.contains("nbdt"))
        let text = try #require(WorkloadDescription.named("nbdt")).text
        #expect(text.contains("  lr: learning rate of SGD at the start [a number from 1e-06 to 10.0; default 0.1]"))
    }

    @Test func wrongCommandLinesHaveStatus2() {
        #expect(failure("sweep", "show")?.status == .usage)
        #expect(failure("sweep", "show", "twelve")?.status == .usage)
        #expect(failure("sweep", "shw", "1")?.status == .usage)
        #expect(failure("sweep", "ls", "--daemon", "localhost:8472")?.status == .usage)
        #expect(failure("sweep", "ls", "--limit", "0")?.status == .usage)
        #expect(failure("sweep", "run", "a.yaml", "--watch", "--json")?.status == .usage)
        #expect(failure("trial", "logs", "1", "-f", "--json")?.status == .usage)
        #expect(failure("agent", "drain", "a/b")?.status == .usage)
        #expect(failure("sweep", "adjust", "1")?.message.contains("--priority, --weight and --slot-hours") == true)
        #expect(failure("sweep", "adjust", "1", "--weight", "-1")?.status == .usage)
        #expect(failure("sweep", "adjust", "1", "--slot-hours", "0")?.status == .usage)
        #expect(failure("agent", "--label", "zone")?.status == .usage)
        #expect(failure("agent", "--lifetime", "90")?.message.contains("--lifetime 90: expected a number with") == true)
        #expect(failure("agent", "--until", "08:00")?.message.contains("an instant with a zone") == true)
        #expect(failure("agent", "--until", "2026-12-01T08:00:00Z", "--lifetime", "1h")?.status == .usage)
        #expect(failure("agent", "--slots", "1", "--cpu-slots", "1")?.status == .usage)
    }

    @Test func helpIsNoFailure() throws {
        let help = try #require(failure("--help"))
        #expect(help.status == .success)
        #expect(help.message.contains("Exit status: 0 all is well"))
        #expect(failure("--version")?.message == "hypersched \(ProductVersion.current)")
    }

    @Test func errorsOfTheClientHaveTheirStatus() {
        #expect(CommandFailure(ClientError.unreachable(url: "u", why: "w")).status == .unreachable)
        #expect(CommandFailure(ClientError.timedOut(url: "u", seconds: 3)).status == .unreachable)
        #expect(CommandFailure(ClientError.cancelled).status == .interrupted)
        #expect(CommandFailure(ClientError.problem(Problem(status: 404, code: "c", title: "t"))).status == .failure)
        #expect(
            CommandFailure(ClientError.unreachable(url: "u", why: "w")).message.hasPrefix(
                "error: no daemon at u: w\nIs "))
    }

    @Test func anAcceptedSweepIsExplained() {
        let summary = SampleSweep.summary(timeLeft: 600, warnings: ["no agent has gpu slots"])
        let text = "metric: {name: val_acc"
        let lines = SweepRun.accepted(summary, SweepRun.explanation(summary, text, []))
        #expect(
            plain(lines) == """
                sweep 12 fashion-nbdt accepted; deadline 2026-11-24T06:10:00.000Z, 10:00 left
                rungs      rung 1 epoch, 4 epochs; keep the top 1/4; complete at 16 epochs
                space      random over lr, hierarchy, batch_size: unbounded
                warning: slots: no agent is known yet; trials wait until one comes
                warning: no agent has gpu slots
                watch it: hypersched sweep watch 12
                """)
    }

    @Test func aListingIsReadFromItsTail() async throws {
        let pages: [String?: Page<Int>] = [
            nil: Page(items: [1, 2], nextCursor: "a"), "a": Page(items: [3], nextCursor: "b"), "b": Page(items: [4]),
        ]
        var tail = PageTail<Int>(capacity: 3)
        try await tail.refresh { request async throws(ClientError) in pages[request.cursor]! }
        #expect(tail.items == [2, 3, 4])
        try await tail.refresh { request async throws(ClientError) in
            request.cursor == "b" ? Page(items: [4, 5]) : Page(items: [0])
        }
        #expect(tail.items == [3, 4, 5])
        let all = try await PageWalk.all(limit: 3) { request async throws(ClientError) in pages[request.cursor]! }
        #expect(all == [1, 2, 3])
    }
}
