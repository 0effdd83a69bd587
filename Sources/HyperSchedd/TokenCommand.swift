import ArgumentParser
import DaemonCore
import Foundation
import HyperSchedProtocol

/// `hyperschedd token`: tokens on the data directory itself, for the first one, and for when no administrator is left.
struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Make, list, rotate and revoke tokens on a data directory.",
        discussion: """
            Works whether the daemon runs or not; a running one notices within a second. Whoever may write the data \
            directory needs no token for it. Over the network: `hypersched token`.
            """, subcommands: [Create.self, List.self, Revoke.self, Rotate.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create", abstract: "Make a token and print it, this once.",
            discussion: """
                Roles: admin, submit, read, agent-join. For example:
                  hyperschedd token create --role admin --name alice --data-dir /var/lib/hyperschedd
                """)

        @OptionGroup var place: DataOptions
        @Option(help: "admin, submit, read or agent-join.") var role: String
        @Option(help: "Of the person or program that will hold it.") var name: String
        @Option(help: ArgumentHelp("How long it is valid: 90d, 12h (default: until revoked).", valueName: "duration"))
        var expiresIn: String?
        @Option(help: ArgumentHelp("Write it into this new file (mode 0600) instead.", valueName: "file"))
        var output: String?

        func run() async throws {
            try await TokenCommand.at(place) { desk in
                guard let role = AccessRole(rawValue: role) else {
                    let roles = AccessRole.grantable.map(\.rawValue).joined(separator: ", ")
                    throw StartError("--role \(role): expected one of \(roles)")
                }
                let sink = try TokenCommand.sink(output)
                let issued = try await desk.create(name: name, role: role, expiresIn: expiresIn)
                try TokenCommand.show(issued, sink)
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "List tokens, valid or not.")

        @OptionGroup var place: DataOptions

        func run() async throws {
            try await TokenCommand.at(place) { desk in
                for token in try await desk.list() { print(TokenCommand.line(token)) }
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "revoke", abstract: "Make a token worthless.")

        @OptionGroup var place: DataOptions
        @Argument(help: "The token's id, the 12 digits after hst_.") var id: String

        func run() async throws {
            try await TokenCommand.at(place) { desk in try await desk.revoke(id) }
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rotate", abstract: "Replace a token by a new one of the same name and role.")

        @OptionGroup var place: DataOptions
        @Argument(help: "The token's id, the 12 digits after hst_.") var id: String
        @Option(help: ArgumentHelp("Write it into this new file (mode 0600) instead.", valueName: "file"))
        var output: String?

        func run() async throws {
            try await TokenCommand.at(place) { desk in
                let sink = try TokenCommand.sink(output)
                try TokenCommand.show(await desk.rotate(id), sink)
            }
        }
    }

    private static func at(_ place: DataOptions, _ body: (TokenDesk) async throws -> Void) async throws {
        umask(0o077)
        do {
            let desk = try await TokenDesk(dataDirectory: try place.settings().dataDirectory)
            defer { desk.close() }
            try await body(desk)
        } catch let error as StartError {
            FileHandle.standardError.write(Data("hyperschedd: \(error)\n".utf8))
            throw ExitCode.failure
        }
    }

    /// Where the secret will go: opened first, because the secret is shown only once.
    private static func sink(_ output: String?) throws -> FileHandle {
        guard let output else { return .standardOutput }
        let file = open(output, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw StartError("--output \(output): \(String(cString: strerror(errno)))") }
        return FileHandle(fileDescriptor: file, closeOnDealloc: true)
    }

    private static func show(_ issued: IssuedToken, _ sink: FileHandle) throws {
        try sink.write(contentsOf: Data((issued.secret + "\n").utf8))
    }

    private static func line(_ token: AccessToken) -> String {
        let end = token.revokedAt.map { "revoked \($0.rfc3339)" } ?? token.expiresAt.map { "until \($0.rfc3339)" } ?? ""
        let used = token.lastUsedAt.map { "used \($0.rfc3339)" } ?? "never used"
        return [token.id, token.role.rawValue, token.name, used, end].filter { !$0.isEmpty }.joined(separator: "  ")
    }
}
