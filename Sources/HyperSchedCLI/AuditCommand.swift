import ArgumentParser
import HyperSchedClient
import HyperSchedProtocol
import TerminalView

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Who changed what, the newest first; needs the role admin.",
        discussion: """
            For example, what alice did:
              hypersched audit --limit 1000 --actor alice
            """)

    @OptionGroup var global: GlobalOptions
    @Option(help: ArgumentHelp("How many entries to look at.", valueName: "count")) var limit = 50
    @Option(help: ArgumentHelp("Only what the token of this name did.", valueName: "name")) var actor: String?

    func validate() throws {
        guard (1...100_000).contains(limit) else { throw ValidationError("--limit \(limit): expected 1 to 100000") }
    }

    func run() async throws {
        let client = try global.client()
        let all = try await PageWalk.all(limit: limit) { page async throws(ClientError) in try await client.audit(page)
        }
        let entries = all.prefix(limit).filter { actor == nil || $0.actor == actor }
        if global.printedJSON(entries) { return }
        let terminal = Terminal()
        terminal.print(Listings.audit(entries, width: terminal.width))
    }
}
