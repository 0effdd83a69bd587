import ArgumentParser
import HyperSchedClient
import HyperSchedProtocol
import TerminalView

struct SweepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep", abstract: "Start sweeps, and see how they do.",
        subcommands: [
            SweepRun.self, SweepExplain.self, SweepList.self, SweepShow.self, SweepRank.self, SweepWatch.self,
            SweepOdds.self, SweepSlots.self, SweepPropose.self, SweepObservations.self, SweepExtend.self,
            SweepAdjust.self, SweepPauseCommand.self, SweepResume.self, SweepRetryCommand.self, SweepCancel.self,
        ])
}

/// The argument that names a sweep.
struct SweepArgument: ParsableArguments {
    @Argument(help: "The sweep's number.")
    var sweep: Int64

    var id: SweepID { SweepID(sweep) }
}

struct SweepList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "ls", abstract: "List sweeps, the newest first.")

    @OptionGroup var global: GlobalOptions
    @Option(help: "Sweeps at most.") var limit = 20

    func validate() throws { try Self.checkLimit(limit) }

    func run() async throws {
        let client = try global.client()
        let sweeps = try await PageWalk.all(limit: limit) { page async throws(ClientError) in
            try await client.sweeps(page)
        }
        if global.printedJSON(Page(items: sweeps)) { return }
        let terminal = Terminal()
        terminal.print(Listings.sweeps(sweeps, width: terminal.width))
    }

    static func checkLimit(_ limit: Int) throws {
        guard limit >= 1 else { throw ValidationError("--limit \(limit): expected 1 or more") }
    }
}

struct SweepShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show one sweep.")

    @OptionGroup var sweep: SweepArgument
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let summary = try await global.client().sweep(sweep.id)
        if global.printedJSON(summary) { return }
        let terminal = Terminal()
        terminal.print(SweepReport(SweepSnapshot(sweep: summary, ranking: [])).summary(width: terminal.width))
    }
}

struct SweepRank: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rank", abstract: "List a sweep's trials, the best first.")

    @OptionGroup var sweep: SweepArgument
    @OptionGroup var global: GlobalOptions
    @Option(help: "Trials at most.") var limit = 100

    func validate() throws { try SweepList.checkLimit(limit) }

    func run() async throws {
        let client = try global.client()
        let id = sweep.id
        let ranking = try await PageWalk.all(limit: limit) { page async throws(ClientError) in
            try await client.ranking(of: id, page)
        }
        if global.printedJSON(Page(items: ranking)) { return }
        let snapshot = SweepSnapshot(sweep: try await client.sweep(id), ranking: ranking)
        let terminal = Terminal()
        terminal.print(RankingTable(snapshot).lines(width: terminal.width, height: limit))
        terminal.print(ShareText.lines(snapshot.sweep, width: terminal.width))
    }
}

struct SweepSlots: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "slots", abstract: "Draw which trial held how many slots, and when.")

    @OptionGroup var sweep: SweepArgument
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let client = try global.client()
        let id = sweep.id
        let attempts = try await PageWalk.all { page async throws(ClientError) in
            try await client.attempts(of: id, page)
        }
        if global.printedJSON(Page(items: attempts)) { return }
        let terminal = Terminal()
        let picture = SlotPicture(sweep: try await client.sweep(id), attempts: attempts)
        terminal.print(picture.lines(width: terminal.width))
    }
}

struct SweepCancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Stop a sweep and all its trials; what it has found stays.")

    @OptionGroup var sweep: SweepArgument
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let summary = try await global.client().cancelSweep(sweep.id)
        global.printStatus(of: summary)
    }
}
