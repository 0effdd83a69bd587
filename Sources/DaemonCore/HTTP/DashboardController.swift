import Dashboard
import Foundation
import HTTPTypes
import Hummingbird
import HyperSchedProtocol
import NIOCore
import Pictures
import Scheduler
import TrialStore

/// The dashboard: the same as the API has, for people. Pages are whole without a script; with one they stay up to date.
struct DashboardController: Sendable {
    typealias Context = DaemonContext

    /// Rows of a page.
    private static var rows: Int { 100 }
    private static var decisions: Int { 40 }
    private static var logBytes: Int64 { 64 << 10 }

    let sweeps: SweepController<Context>
    let trials: TrialController<Context>
    let loop: ControlLoop
    let store: TrialStoreDatabase
    let logs: LogStore

    func addRoutes(to router: Router<Context>, _ api: RouterGroup<Context>) {
        let events = EventStream(loop: loop)
        router.get("/", use: page(list))
        router.get("sweeps/:id", use: page(sweep))
        api.get("sweeps/:id/report", use: report)
        router.get("trials/:id", use: page(trial))
        router.get("agents", use: page(agents))
        router.get(
            "submit",
            use: page { _, context in
                Self.html(SubmitPage(file: SubmitPage.example, key: Self.key()).html(for: context.viewer))
            })
        router.post("submit", use: page(submit))
        router.post("sweeps/:id/cancel", use: page(cancel))
        router.post("sweeps/:id/extend", use: page(extend))
        router.post("agents/:name/drain", use: page { _, context in try await drain(context, true) })
        router.post("agents/:name/undrain", use: page { _, context in try await drain(context, false) })
        router.get("assets/:name", use: asset)
        router.get("events") { _, _ in try events.response() }
    }

    // MARK: Pages

    @Sendable
    private func list(_ request: Request, _ context: Context) async throws -> Response {
        let query = PageQuery(limit: Self.rows, cursor: try request.query("before", as: String.self))
        let page = try await sweeps.page(query)
        return Self.html(SweepsPage(page.items, next: page.nextCursor).html(for: context.viewer))
    }

    @Sendable
    private func sweep(_ request: Request, _ context: Context) async throws -> Response {
        let cursor = try request.query("cursor", as: String.self)
        let id = SweepID(try context.id(of: "sweep"))
        let content = try await content(of: id, PageQuery(limit: Self.rows, cursor: cursor))
        return Self.html(SweepPage(content).html(for: context.viewer))
    }

    /// `GET /api/v1/sweeps/{id}/report`: one file to keep or to send.
    @Sendable
    private func report(_ request: Request, _ context: Context) async throws -> Response {
        let id = SweepID(try context.id(of: "sweep"))
        let content = try await content(of: id, PageQuery(limit: RequestLimit.page, cursor: nil))
        var winner: TrialDetail?
        if let best = content.sweep.best, let record = await loop.trial(best.trial) {
            winner = try await trials.detail(of: record)
        }
        return Self.html(ReportPage(content, winner: winner, at: loop.clock.now()).html)
    }

    private func content(of id: SweepID, _ query: PageQuery) async throws -> SweepPage.Content {
        let summary = try await sweeps.headline(id)
        let ranking = try await sweeps.ranking(of: id, query)
        let drawn = try await drawn(summary, ranking)
        let values = try await store.values(of: summary.spec.metric.name, trials: drawn)
        let hidden = summary.trials.values.reduce(0, +) - drawn.count
        return SweepPage.Content(
            sweep: summary, ranking: ranking,
            decisions: try await store.latestDecisions(of: .sweep(id), limit: Self.decisions),
            picture: SweepPicture(summary, attempts: try await attempts(of: id), values: values),
            hiddenCurves: max(0, hidden))
    }

    /// The trials whose curves are read: the best, and those that the page lists.
    private func drawn(_ sweep: SweepSummary, _ page: Page<RankedTrial>) async throws -> [TrialID] {
        let best = try await store.ranking(
            of: sweep.id, metric: sweep.spec.metric, limit: SweepPicture.curveLimit, cursor: nil)
        return Set(best.items.map(\.trial) + page.items.map(\.trial)).sorted()
    }

    private func attempts(of sweep: SweepID) async throws -> [AttemptRecord] {
        var found: [AttemptRecord] = []
        var cursor: String?
        repeat {
            let page = try await store.attempts(of: .sweep(sweep), limit: RequestLimit.page, cursor: cursor)
            found += page.items
            cursor = page.nextCursor
        } while cursor != nil && found.count < SweepPicture.attemptLimit
        return found
    }

    @Sendable
    private func trial(_ request: Request, _ context: Context) async throws -> Response {
        let id = TrialID(try context.id(of: "trial"))
        guard let record = await loop.trial(id) else { throw Problem.notFound("trial", id.description) }
        let content = TrialPage.Content(
            trial: try await trials.detail(of: record), sweep: try await sweeps.headline(record.sweep),
            curve: try await store.curve(of: id, limit: RequestLimit.page, cursor: nil).items,
            decisions: try await store.latestDecisions(of: .trial(id), limit: RequestLimit.page).reversed(),
            log: try await tail(AttemptID(trial: id, number: max(1, record.attempt))),
            metric: try request.query("metric", as: String.self))
        return Self.html(TrialPage(content).html(for: context.viewer))
    }

    /// The end of what an attempt has printed, from the beginning of a line.
    private func tail(_ attempt: AttemptID) async throws -> String {
        let logs = logs
        let result = await BlockingWork.run {
            Result { () throws(StoreError) in
                let size = try logs.size(of: attempt) ?? 0
                let from = max(0, size - Self.logBytes)
                let bytes = try logs.read(attempt, offset: from, limit: Int(Self.logBytes)) ?? []
                let start = from == 0 ? 0 : (bytes.firstIndex(of: 0x0A).map { $0 + 1 } ?? 0)
                return String(decoding: bytes[start...], as: UTF8.self)
            }
        }
        return try result.get()
    }

    @Sendable
    private func agents(_ request: Request, _ context: Context) async throws -> Response {
        Self.html(AgentsPage(await loop.agents()).html(for: context.viewer))
    }

    @Sendable
    private func asset(_ request: Request, _ context: Context) async throws -> Response {
        let name = context.parameters.get("name") ?? ""
        guard let asset = DashboardAsset(named: name) else { throw Problem.notFound("asset", String(name.prefix(80))) }
        return Response(
            status: .ok, headers: [.contentType: asset.contentType, .cacheControl: "no-cache"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: asset.bytes)))
    }

    // MARK: Actions

    private struct SubmitForm: Decodable {
        let file: String
        let key: String
        let action: String
    }

    @Sendable
    private func submit(_ request: Request, _ context: Context) async throws -> Response {
        let form: SubmitForm = try await form(request)
        // Browsers send line ends as CR LF.
        let file = form.file.replacing("\r\n", with: "\n")
        do throws(Problem) {
            if form.action == "explain" {
                let explanation = try await sweeps.intake.explain(file)
                return Self.html(
                    SubmitPage(file: file, key: form.key, explanation: explanation).html(for: context.viewer))
            }
            return Self.redirect("/sweeps/\(try await sweeps.intake.submit(file, key: form.key).id)")
        } catch {
            return Self.html(
                SubmitPage(file: file, key: form.key, problem: error).html(for: context.viewer), status: error.status)
        }
    }

    @Sendable
    private func cancel(_ request: Request, _ context: Context) async throws -> Response {
        let id = SweepID(try context.id(of: "sweep"))
        _ = try await loop.apply(.sweepCancelled(id))
        return Self.redirect("/sweeps/\(id)")
    }

    private struct ExtendForm: Decodable { let deadline: String }

    @Sendable
    private func extend(_ request: Request, _ context: Context) async throws -> Response {
        let id = SweepID(try context.id(of: "sweep"))
        let text = try await (form(request) as ExtendForm).deadline
        guard let deadline = Timestamp(rfc3339: text.trimmingCharacters(in: .whitespaces)) else {
            throw Problem(
                status: 422, code: "invalid_deadline", title: "The deadline can not be read",
                errors: [
                    .init(
                        field: "deadline", message: "'\(text.prefix(80))' is no instant with a zone",
                        fix: "write it as 2026-12-01T08:00:00Z")
                ])
        }
        try await loop.extend(id, to: deadline)
        return Self.redirect("/sweeps/\(id)")
    }

    private func drain(_ context: Context, _ draining: Bool) async throws -> Response {
        _ = try await loop.apply(.agentDrained(try context.agentID(), draining))
        return Self.redirect("/agents")
    }

    // MARK: Answers

    /// A handler whose refusals are pages, too.
    private func page(
        _ handler: @escaping @Sendable (Request, Context) async throws -> Response
    ) -> @Sendable (Request, Context) async throws -> Response {
        { request, context in
            do {
                return try await handler(request, context)
            } catch let problem as Problem {
                return Self.html(ProblemPage(problem).html(for: context.viewer), status: problem.status)
            } catch let error as StoreError {
                let problem = Problem(error)
                return Self.html(ProblemPage(problem).html(for: context.viewer), status: problem.status)
            }
        }
    }

    private func form<Form: Decodable>(_ request: Request) async throws -> Form {
        // Percent-encoding makes a file up to three times as long.
        let text = try await request.text(limit: 3 * RequestLimit.sweepFile)
        do {
            return try URLEncodedFormDecoder().decode(Form.self, from: text)
        } catch {
            throw Problem.badRequest("the form can not be read: \(error)")
        }
    }

    private static func html(_ text: String, status: Int = 200) -> Response { .page(text, status: status) }

    private static func redirect(_ path: String) -> Response {
        Response(status: .seeOther, headers: [.location: path])
    }

    private static func key() -> String { UUID().uuidString }
}
