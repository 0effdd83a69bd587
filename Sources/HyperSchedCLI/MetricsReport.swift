import Foundation
import HyperSchedClient
import HyperSchedProtocol

/// What a trial's script says: `hypersched report val_acc=0.87 --step 3`.
struct MetricsReport {
    /// `name=value`
    let words: [String]
    let step: Int?
    let checkpoint: String?
    /// nil: a random one.
    let id: String?

    /// The trial was asked to stop (EX_TEMPFAIL of sysexits.h): what a program that can go on exits with.
    static let stopStatus = ExitStatus(rawValue: 75)

    /// Sends it to the agent, or prints it where there is none.
    func run(json: Bool) async throws {
        let environment = ProcessInfo.processInfo.environment
        guard let url = environment["HYPERSCHED_REPORT_URL"], let token = environment["HYPERSCHED_TOKEN"],
            let client = ReportClient(url: url, token: token)
        else { return print("[tune-metric]: " + WireCoding.encodeText(body())) }
        let advice = try await client.report(WireCoding.encode(body()), key: id ?? UUID().uuidString)
        print(json ? WireCoding.encodeText(advice) : advice.action)
        if advice.action == "stop" { throw CommandFailure(Self.stopStatus) }
    }

    private func body() -> [String: ReportField] {
        var fields: [String: ReportField] = [:]
        for (name, value) in words.compactMap(Self.pair) { fields[name] = .number(value) }
        fields["step"] = step.map { .number(MetricValue(Double($0))) }
        fields["checkpoint"] = checkpoint.map { .text($0) }
        return fields
    }

    static func pair(_ text: String) -> (String, MetricValue)? {
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
