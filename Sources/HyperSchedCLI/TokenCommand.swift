import ArgumentParser
import Foundation
import HyperSchedClient
import HyperSchedProtocol
import SweepFile
import TerminalView

struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Make, list, rotate and revoke tokens; needs the role admin.",
        discussion: """
            The first one is made on the daemon's machine: hyperschedd token create --role admin --name NAME
            """,
        subcommands: [TokenCreate.self, TokenList.self, TokenRotate.self, TokenRevoke.self, TokenShow.self])
}

/// The option that says where a new secret goes.
struct SecretOutput: ParsableArguments {
    @Option(
        help: ArgumentHelp("Write the token into this file (mode 0600) instead of printing it.", valueName: "file"),
        completion: .file())
    var output: String?

    func show(_ issued: IssuedToken, _ global: GlobalOptions) throws {
        if let output {
            try TokenFile.write(issued.secret, to: output)
            print("\(issued.token.role.rawValue) token \(issued.token.id) of \(issued.token.name) written to \(output)")
        } else if !global.printedJSON(issued) {
            print(issued.secret)
        }
    }
}

struct TokenCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make a token and print it, this once.",
        discussion: """
            Roles: admin, submit, read, and agent-join for agents. For example:
              hypersched token create --role submit --name alice --expires-in 90d
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var secret: SecretOutput
    @Option(help: "admin, submit, read or agent-join.") var role: String
    @Option(help: "Of the person or program that will hold it.") var name: String
    @Option(help: ArgumentHelp("How long it is valid: 90d, 12h (default: until revoked).", valueName: "duration"))
    var expiresIn: String?

    func validate() throws {
        guard let role = AccessRole(rawValue: role), AccessRole.grantable.contains(role) else {
            let roles = AccessRole.grantable.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--role \(role): expected one of \(roles)")
        }
        if let expiresIn, DurationText.seconds(expiresIn) == nil {
            throw ValidationError("--expires-in \(expiresIn): expected \(DurationText.expectation)")
        }
    }

    func run() async throws {
        guard let role = AccessRole(rawValue: role) else { return }
        let asked = AccessTokenRequest(
            name: name, role: role, expiresInSeconds: expiresIn.flatMap(DurationText.seconds))
        try secret.show(try await global.client().createToken(asked), global)
    }
}

struct TokenList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List tokens.", aliases: ["ls"])

    @OptionGroup var global: GlobalOptions
    @Flag(help: "Also those that are revoked or have expired.") var all = false

    func run() async throws {
        var page = try await global.client().tokens()
        let now = Timestamp(milliseconds: Int64((Date().timeIntervalSince1970 * 1000).rounded()))
        if !all { page.items = page.items.filter { $0.isValid(at: now) } }
        if global.printedJSON(page) { return }
        let terminal = Terminal()
        terminal.print(Listings.tokens(page.items, now: now, width: terminal.width))
    }
}

struct TokenRotate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Replace a token by a new one of the same name and role.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var secret: SecretOutput
    @Argument(help: "The token's id, the 12 digits after hst_.") var id: String
    @Option(help: ArgumentHelp("For how long the old one goes on: 1h (default: not at all).", valueName: "duration"))
    var overlap: String?

    func validate() throws {
        if let overlap, DurationText.seconds(overlap) == nil {
            throw ValidationError("--overlap \(overlap): expected \(DurationText.expectation)")
        }
    }

    func run() async throws {
        let seconds = overlap.flatMap(DurationText.seconds) ?? 0
        try secret.show(try await global.client().rotateToken(id, overlapSeconds: seconds), global)
    }
}

struct TokenRevoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Make a token worthless, with all that was opened with it.")

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The token's id, the 12 digits after hst_.") var id: String

    func run() async throws {
        let token = try await global.client().revokeToken(id)
        if global.printedJSON(token) { return }
        print("\(token.role.rawValue) token \(token.id) of \(token.name) is revoked")
    }
}

struct TokenShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "whoami", abstract: "Who the daemon takes you for.")

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let session = try await global.client().session()
        if global.printedJSON(session) { return }
        print(
            session.authentication
                ? "\(session.name), with the role \(session.role.rawValue)" : "the daemon asks nobody for a token")
    }
}
