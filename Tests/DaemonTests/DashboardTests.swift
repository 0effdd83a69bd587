import Foundation
import HyperSchedProtocol
import Testing

@testable import DaemonCore

/// The pages, over a socket: what is in them without a script, and what their forms do.
@Suite(.timeLimit(.minutes(1))) struct DashboardTests {
    private func form(_ fields: [(String, String)]) -> String {
        fields.map { name, value in
            "\(name)=\(value.addingPercentEncoding(withAllowedCharacters: .alphanumerics)!)"
        }.joined(separator: "&")
    }

    @Test func pagesSayWhatIsGoingOn() async throws {
        let daemon = try await LiveDaemon()
        let empty = try await daemon.client.get("/")
        #expect(empty.status == 200 && empty.text.contains("No sweep yet"))
        let attempt = try await daemon.runningAttempt()
        for (step, score) in [(1, 0.25), (2, 0.5)] {
            _ = try await daemon.report(attempt, sequence: Int64(step), step: step, score)
        }
        let expected: [(String, [String])] = [
            ("/", ["<a href=\"/sweeps/1\">live</a>", "running", "0.5"]),
            (
                "/sweeps/1",
                ["<h1>live", "trial 1", "0.5", "<svg", "slots by trial", "class=\"spark\"", "lr=", "Cancel sweep 1"]
            ),
            ("/trials/1", ["<h1>Trial 1", "at step 2", "attempt 1 on 1 slot", "node", "rule ", "<code>"]),
            ("/agents", ["node", "live", "1 of 1 cpu", "drain"]), ("/submit", ["<textarea", "Explain"]),
        ]
        for (path, texts) in expected {
            let page = try await daemon.client.get(path)
            #expect(page.status == 200 && page.headers["content-type"] == "text/html; charset=utf-8")
            for text in texts { #expect(page.text.contains(text), "\(path): \(text)") }
            let addresses = page.text.matches(of: #/(?:href|src|action)="([^"]*)"/#).map { String($0.output.1) }
            #expect(addresses.allSatisfy { $0.hasPrefix("/") || $0.hasPrefix("#") }, "\(path): \(addresses)")
        }
    }

    @Test func aReportNeedsNothingElse() async throws {
        let daemon = try await LiveDaemon()
        let attempt = try await daemon.runningAttempt()
        for (step, score) in [(1, 0.25), (2, 0.5)] {
            _ = try await daemon.report(attempt, sequence: Int64(step), step: step, score)
        }
        let page = try await daemon.client.get("/api/v1/sweeps/1/report")
        #expect(page.status == 200 && page.headers["content-type"] == "text/html; charset=utf-8")
        for text in ["The winner: trial 1", "0.5 at step 2", "<svg", "slots by trial", "--ink", "maximize acc"] {
            #expect(page.text.contains(text), "\(text)")
        }
        for text in ["href", "src=", "<script", "<form", "@import", "url(h", "url(/"] {
            #expect(!page.text.contains(text), "\(text)")
        }
        #expect(try await daemon.client.get("/api/v1/sweeps/7/report").status == 404)
    }

    @Test func whatUsersWriteIsText() async throws {
        let daemon = try await LiveDaemon()
        let name = "<script>alert('x')</script>&"
        let file = LiveDaemon.sweepFile.replacing("name: live", with: "name: \"\(name)\"")
        #expect(try await daemon.client.post("/api/v1/sweeps", text: file).status == 201)
        let attempt = try #require(try await daemon.sync().assignments.first?.attempt)
        let log = "/api/v1/agents/node/logs?trial=\(attempt.trial)&attempt=\(attempt.number)&offset=0"
        #expect(try await daemon.client.post(log, text: "<img src=x onerror=alert(1)>\n").status == 204)
        for path in ["/", "/sweeps/1", "/trials/1", "/api/v1/sweeps/1/report"] {
            let text = try await daemon.client.get(path).text
            #expect(!text.contains("<script>") && !text.contains("<img"))
            #expect(text.contains("&lt;script&gt;"))
        }
        #expect(try await daemon.client.get("/trials/1").text.contains("&lt;img src=x onerror=alert(1)&gt;"))
    }

    @Test func refusalsArePages() async throws {
        let daemon = try await LiveDaemon()
        for path in ["/sweeps/7", "/sweeps/x", "/trials/7"] {
            let page = try await daemon.client.get(path)
            #expect(page.status == 404 && page.headers["content-type"] == "text/html; charset=utf-8", "\(path)")
        }
        #expect(try await daemon.client.get("/assets/none").status == 404)
        let asset = try await daemon.client.get("/assets/live.js")
        #expect(asset.status == 200 && asset.headers["content-type"] == "text/javascript; charset=utf-8")
    }

    @Test func aSweepIsSubmittedOnce() async throws {
        let daemon = try await LiveDaemon()
        let file = LiveDaemon.sweepFile.replacing("\n", with: "\r\n")
        let explained = try await daemon.client.post(
            "/submit", text: form([("file", file), ("key", "k"), ("action", "explain")]))
        #expect(explained.status == 200 && explained.text.contains("What it will do"))
        #expect(explained.text.contains("value=\"k\"") && explained.text.contains("name: live"))
        for _ in 1...2 {
            let answer = try await daemon.client.post(
                "/submit", text: form([("file", file), ("key", "k"), ("action", "submit")]))
            #expect(answer.status == 303 && answer.headers["location"] == "/sweeps/1")
        }
        let bad = file.replacing("maximize", with: "max")
        let refused = try await daemon.client.post(
            "/submit", text: form([("file", bad), ("key", "l"), ("action", "submit")]))
        #expect(refused.status == 422 && refused.text.contains("<code>metric.goal</code>"))
        #expect(refused.text.contains("goal: max"))
        #expect(try await daemon.client.post("/submit", text: "file=x").status == 400)
    }

    @Test func formsMoveAndCancel() async throws {
        let daemon = try await LiveDaemon()
        _ = try await daemon.runningAttempt()
        let sweep = try await daemon.client.get("/api/v1/sweeps/1").message(SweepSummary.self)
        let later = sweep.spec.deadline.advanced(bySeconds: 60)
        let moved = try await daemon.client.post("/sweeps/1/extend", text: form([("deadline", " \(later.rfc3339)")]))
        #expect(moved.status == 303 && moved.headers["location"] == "/sweeps/1")
        let shown = try await daemon.client.get("/sweeps/1").text
        #expect(shown.contains(later.rfc3339))
        let unreadable = try await daemon.client.post("/sweeps/1/extend", text: form([("deadline", "tomorrow")]))
        #expect(unreadable.status == 422 && unreadable.text.contains("2026-12-01T08:00:00Z"))
        for (action, state) in [("drain", AgentSummary.State.draining), ("undrain", .live)] {
            #expect(try await daemon.client.post("/agents/node/\(action)", text: "").status == 303)
            let agent = try await daemon.client.get("/api/v1/agents/node").message(AgentSummary.self)
            #expect(agent.state == state)
        }
        #expect(try await daemon.client.post("/sweeps/1/cancel", text: "").status == 303)
        let page = try await daemon.client.get("/sweeps/1").text
        #expect(page.contains("cancelled") && !page.contains("Cancel sweep 1"))
    }

    @Test(arguments: [
        ["Sec-Fetch-Site": "cross-site"], ["Sec-Fetch-Site": "same-site"], ["Origin": "http://evil.example"],
        ["Origin": "null"],
    ])
    func otherSitesCanNotAct(headers: [String: String]) async throws {
        let daemon = try await LiveDaemon()
        _ = try await daemon.client.post("/api/v1/sweeps", text: LiveDaemon.sweepFile)
        for path in ["/sweeps/1/cancel", "/api/v1/sweeps/1/cancel", "/api/v1/sweeps"] {
            let answer = try await daemon.client.post(path, text: LiveDaemon.sweepFile, headers: headers)
            let problem = try answer.message(Problem.self)
            #expect(answer.status == 403 && problem.code == "cross_site", "\(path)")
        }
        let sweeps = try await daemon.client.get("/api/v1/sweeps").message(Page<SweepSummary>.self).items
        #expect(sweeps.count == 1 && sweeps[0].state != .cancelled)
        let own = ["Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"]
        #expect(try await daemon.client.post("/sweeps/1/cancel", text: "", headers: own).status == 303)
    }

    @Test func changesAreAnnounced() async throws {
        let daemon = try await LiveDaemon()
        let text = try await daemon.client.listen("/events", until: "data: ")
        #expect(text.contains("Content-Type: text/event-stream") && text.contains("event: change"))
    }
}
