import Foundation
import HyperSchedProtocol
import Testing

@testable import DaemonCore

/// `/metrics`, over a socket.
@Suite(.timeLimit(.minutes(1))) struct MetricsTests {
    /// The samples by name and labels as written.
    private func samples(_ text: String) throws -> [String: Double] {
        var found: [String: Double] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let space = try #require(line.lastIndex(of: " "))
            // Of its own: in an assignment to a subscript the optional would be one of the dictionary.
            let number = try #require(Double(line[line.index(after: space)...]))
            found[String(line[..<space])] = number
        }
        return found
    }

    @Test func whatIsGoingOnIsCounted() async throws {
        let daemon = try await LiveDaemon()
        let attempt = try await daemon.runningAttempt()
        for (sequence, step, score) in [(1, 1, 0.25), (2, 2, 0.5), (2, 2, 0.5)] {
            _ = try await daemon.report(attempt, sequence: Int64(sequence), step: step, score)
        }
        let page = try await daemon.client.get("/metrics")
        #expect(page.status == 200)
        #expect(page.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
        let samples = try samples(page.text)
        let expected: [String: Double] = [
            "hypersched_reports_total{outcome=\"accepted\"}": 2,
            "hypersched_reports_total{outcome=\"duplicate\"}": 1,
            "hypersched_report_latency_seconds_count": 3,
            "hypersched_report_latency_seconds_bucket{le=\"+Inf\"}": 3,
            "hypersched_slots{kind=\"cpu\",state=\"held\"}": 1, "hypersched_slots{kind=\"cpu\",state=\"free\"}": 0,
            "hypersched_agents{state=\"live\"}": 1, "hypersched_sweeps{state=\"running\"}": 1,
            "hypersched_sweep_best_objective{sweep=\"1\",name=\"live\"}": 0.5,
            "hypersched_trials{sweep=\"1\",name=\"live\",state=\"running\"}": 1,
            "hypersched_lease_expired_total": 0, "hypersched_commit_failures_total": 0,
        ]
        for (name, value) in expected { #expect(samples[name] == value, "\(name)") }
        #expect(try #require(samples["hypersched_sweep_deadline_seconds_left{sweep=\"1\",name=\"live\"}"]) > 0)
        let starts = samples.filter { $0.key.hasPrefix("hypersched_reallocations_total{kind=\"start\"") }
        #expect(starts.values.reduce(0, +) == 1)
        // The buckets of a histogram never fall.
        let buckets = page.text.split(separator: "\n").filter { $0.hasPrefix("hypersched_commit_seconds_bucket") }
            .compactMap { Double($0.split(separator: " ").last ?? "") }
        #expect(buckets.count == 17 && buckets == buckets.sorted() && buckets.last ?? 0 > 0)
    }

    @Test func whatIsShippedAsksForWhatThereIs() async throws {
        let daemon = try await LiveDaemon()
        _ = try await daemon.report(try await daemon.runningAttempt(), sequence: 1, step: 1, 0.25)
        let helped = try await daemon.client.get("/metrics").text.matches(of: #/# HELP (\w+) /#).map {
            String($0.output.1)
        }
        // Only there once a sweep with a target has reported enough.
        let known = Set(helped + ["hypersched_sweep_target_probability"])
        for file in ["alerts.yml", "alerts-test.yml", "grafana-dashboard.json"] {
            let text = try String(contentsOfFile: "config/monitoring/" + file, encoding: .utf8)
            let asked = Set(
                text.matches(of: #/hypersched_\w+/#).map { String($0.output).replacing("_bucket", with: "") })
            #expect(!asked.isEmpty && asked.isSubset(of: known), "\(file): \(asked.subtracting(known).sorted())")
        }
    }

    @Test func labelsAreEscaped() {
        var text = PrometheusText()
        text.add("a", .gauge, "Help.", [([("name", "say \"hi\"\\\n")], .infinity)])
        #expect(text.text == "# HELP a Help.\n# TYPE a gauge\na{name=\"say \\\"hi\\\"\\\\\\n\"} +Inf\n")
    }

    /// Prometheus' own check, where Debian's package is installed.
    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/promtool"), "promtool is not installed"))
    func promtoolAccepts() async throws {
        let daemon = try await LiveDaemon()
        _ = try await daemon.report(try await daemon.runningAttempt(), sequence: 1, step: 1, 0.25)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/promtool")
        process.arguments = ["check", "metrics"]
        let (input, output) = (Pipe(), Pipe())
        (process.standardInput, process.standardOutput, process.standardError) = (input, output, output)
        let page = try await daemon.client.get("/metrics").text
        try process.run()
        input.fileHandleForWriting.write(Data(page.utf8))
        try input.fileHandleForWriting.close()
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0 && said.isEmpty, "\(said)")
    }
}
