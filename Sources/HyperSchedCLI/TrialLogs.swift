import ArgumentParser
import Foundation
import HyperSchedClient
import HyperSchedProtocol

struct TrialLogs: AsyncParsableCommand {
    /// What `--json` prints.
    struct Output: Encodable {
        let trial: TrialID
        let attempt: Int?
        let text: String
    }

    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "Print what a trial's program wrote.")

    private static let chunk = 64 * 1024

    @OptionGroup var trial: TrialArgument
    @OptionGroup var global: GlobalOptions
    @Option(help: "Of this attempt (default: the latest).") var attempt: Int?
    @Flag(name: .shortAndLong, help: "Go on until the trial ends.") var follow = false

    func validate() throws {
        if follow, global.json { throw ValidationError("--follow and --json do not go together") }
    }

    func run() async throws {
        let client = try global.client()
        let detail = try await client.trial(trial.id)
        let first = attempt ?? detail.attempts.map(\.attempt.number).max()
        var offset: Int64 = 0
        if global.json {
            var bytes: [UInt8] = []
            try await read(client, first, from: &offset) { bytes += $0 }
            _ = global.printedJSON(
                Output(trial: trial.id, attempt: first, text: String(decoding: bytes, as: UTF8.self)))
        } else if follow {
            try await follow(client, first)
        } else {
            try await read(client, first, from: &offset, Self.print)
        }
    }

    /// Reads to the end of what there is now. `offset` is moved with each piece, so that an error loses nothing and
    /// nothing is read twice.
    private func read(
        _ client: DaemonClient, _ attempt: Int?, from offset: inout Int64, _ take: ([UInt8]) -> Void
    ) async throws {
        guard let attempt else { return }
        while true {
            let bytes = try await client.logs(of: trial.id, attempt: attempt, offset: offset, limit: Self.chunk)
            guard !bytes.isEmpty else { return }
            take(bytes)
            offset += Int64(bytes.count)
        }
    }

    private func follow(_ client: DaemonClient, _ first: Int?) async throws {
        var place = (attempt: first, offset: Int64(0))
        var patience = Patience()
        while true {
            do {
                if try await advance(client, &place) { return }
                patience.contact()
            } catch let error as ClientError {
                guard patience.excuses(error) else { throw error }
                Terminal.say("\(error); trying again")
            }
            try await Task.sleep(for: .seconds(1))
        }
    }

    /// Prints what is new.
    /// - Returns: true at the end.
    private func advance(
        _ client: DaemonClient, _ place: inout (attempt: Int?, offset: Int64)
    ) async throws -> Bool {
        while true {
            // First the state, then the text: what was written before the end is then surely read.
            let detail = try await client.trial(trial.id)
            try await read(client, place.attempt, from: &place.offset, Self.print)
            let latest = detail.attempts.map(\.attempt.number).max()
            let record = detail.attempts.first { $0.attempt.number == place.attempt }
            guard attempt == nil, let latest, latest > place.attempt ?? 0,
                place.attempt == nil || record?.endedAt != nil
            else { return detail.ranked.state.isTerminal || (attempt != nil && record?.endedAt != nil) }
            Terminal.say("== attempt \(latest) ==")
            place = (latest, 0)
        }
    }

    private static func print(_ bytes: [UInt8]) {
        try? FileHandle.standardOutput.write(contentsOf: Data(bytes))
    }
}
