import ArgumentParser
import Foundation
import HyperSchedClient
import HyperSchedProtocol

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "In a trial's script: report metrics, and hear what to do.",
        discussion: """
            Prints what the program should do: continue, checkpoint (write one soon) or stop. The exit status is 75 \
            for stop and 0 for the others, so that a script can end with the status that means "run me again":
              hypersched report val_acc=$acc loss=$loss --step $epoch || exit $?

            It returns when the report is on the agent's disk; each reaches the daemon once. Outside a trial it prints \
            the report as a line of output.
            """)

    /// The trial was asked to stop (EX_TEMPFAIL of sysexits.h): what a program that can go on exits with.
    static let stopStatus = ExitStatus(rawValue: 75)

    @Argument(help: ArgumentHelp("Metrics: val_acc=0.87; NaN and inf are numbers, too.", valueName: "name=value"))
    var metrics: [String]
    @Option(help: "Completed steps (default: one more than before).") var step: Int?
    @Option(
        help: ArgumentHelp(
            "A directory below HYPERSCHED_CHECKPOINT_DIR that holds the model as it was measured.",
            valueName: "directory"))
    var checkpoint: String?
    @Option(help: ArgumentHelp("With the same id a report counts once (default: a random one).", valueName: "text"))
    var id: String?
    @Flag(help: "Print the whole answer as JSON.") var json = false

    func validate() throws {
        guard !metrics.isEmpty || checkpoint != nil else { throw ValidationError("no metric: write val_acc=0.87") }
        for metric in metrics where Self.pair(metric) == nil {
            throw ValidationError("'\(metric)': expected name=value with a number")
        }
        if let step, step < 0 { throw ValidationError("--step \(step): expected completed steps, from 0") }
    }

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        guard let url = environment["HYPERSCHED_REPORT_URL"], let token = environment["HYPERSCHED_TOKEN"],
            let client = ReportClient(url: url, token: token)
        else { return print("[tune-metric]: " + String(decoding: WireCoding.encode(body()), as: UTF8.self)) }
        let key = id ?? UUID().uuidString
        let advice = try await client.report(WireCoding.encode(body()), key: key)
        print(json ? WireCoding.encodeText(advice) : advice.action)
        if advice.action == "stop" { throw CommandFailure(Self.stopStatus) }
    }

    private func body() -> [String: ReportField] {
        var fields: [String: ReportField] = [:]
        for (name, value) in metrics.compactMap(Self.pair) { fields[name] = .number(value) }
        fields["step"] = step.map { .number(MetricValue(Double($0))) }
        fields["checkpoint"] = checkpoint.map { .text($0) }
        return fields
    }

    private static func pair(_ text: String) -> (String, MetricValue)? {
        guard let sign = text.firstIndex(of: "="), sign != text.startIndex else { return nil }
        let name = String(text[..<sign])
        guard !["step", "checkpoint", "report_id", "setup_time_s"].contains(name) else { return nil }
        guard let number = Double(text[text.index(after: sign)...]) else { return nil }
        return (name, MetricValue(number))
    }
}

/// A value in a report.
private enum ReportField: Encodable {
    case number(MetricValue)
    case text(String)

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .number(let number): try container.encode(number)
        case .text(let text): try container.encode(text)
        }
    }
}
