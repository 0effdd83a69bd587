import HyperSchedProtocol
import Testing
import TrialEndpoint

/// What MLflow clients log, without a client.
@Suite struct TrackingBookTests {
    private let attempt = AttemptID(trial: TrialID(3), number: 2)

    /// A book with the records that made it.
    private struct Desk {
        let attempt: AttemptID
        let first: Int
        var book: TrackingBook
        var records: [TrackingRecord] = []
        var reports: [String] = []

        init(_ attempt: AttemptID, from first: Int = 0) {
            (self.attempt, self.first) = (attempt, first)
            book = TrackingBook(firstStep: first, artifactFolder: "/c")
        }

        @discardableResult
        mutating func ask(_ request: TrackingRequest) throws -> String {
            let record = try book.record(for: request, of: attempt, at: 1000)
            if let record {
                reports += book.reports(of: record).map { found in
                    let metrics = found.metrics.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.number)" }
                    return "\(found.step) " + metrics.joined(separator: " ")
                }
                book.apply(record)
                records.append(record)
            }
            return String(decoding: try book.answer(to: request, record), as: UTF8.self)
        }

        /// The id of a new run.
        mutating func run(tags: [TrackedText] = []) throws -> String {
            try ask(.createRun(name: nil, started: nil, tags: tags))
            return records.last?.run ?? ""
        }

        mutating func log(_ run: String, _ points: (String, Int64, Double)..., time: Int64 = 1) throws {
            let points = points.map { TrackedPoint(key: $0.0, value: MetricValue($0.2), timestamp: time, step: $0.1) }
            try ask(.log(run, points: points, parameters: [], tags: []))
        }
    }

    @Test(
        arguments: [
            (0, [0, 1, 2], ["1", "2", "3"]), (0, [1, 2, 3], ["1", "2", "3"]), (0, [0, 0, 0], ["1", "2", "3"]),
            (0, [9, 19], ["10", "20"]), (5, [5, 6], ["6", "7"]), (5, [6, 7], ["6", "7"]), (5, [0, 0], ["6", "7"]),
            (0, [-1, 2], ["3"]), (5, [0, 6], ["6", "7"]),
        ] as [(Int, [Int64], [String])])
    func steps(_ first: Int, _ logged: [Int64], _ expected: [String]) throws {
        var desk = Desk(attempt, from: first)
        let run = try desk.run()
        for (index, step) in logged.enumerated() { try desk.log(run, ("acc", step, 0.5), time: Int64(index)) }
        #expect(desk.reports == expected.map { "\($0) acc=0.5" })
        // All at once is the same.
        var other = Desk(attempt, from: first)
        let points = logged.enumerated().map { TrackedPoint(key: "acc", value: 0.5, timestamp: Int64($0), step: $1) }
        try other.ask(.log(try other.run(), points: points, parameters: [], tags: []))
        #expect(other.reports == desk.reports)
    }

    @Test func aBatchIsOneReportForEachStep() throws {
        var desk = Desk(attempt)
        let run = try desk.run()
        try desk.log(run, ("acc", 1, 0.5), ("loss", 0, 2), ("acc", 0, 0.25), ("loss", 1, 1), ("acc", 1, 0.75))
        // Each metric counts by itself: acc began with 1, so it counts from 1, and has no step 0; loss from 0.
        #expect(desk.reports == ["1 acc=0.5 loss=2.0", "1 acc=0.25", "1 acc=0.75", "2 loss=1.0"])
    }

    @Test func thePointOfARetryIsNone() throws {
        var desk = Desk(attempt)
        let run = try desk.run()
        for _ in 0..<3 { try desk.log(run, ("acc", 1, .nan), ("acc", 1, .nan), ("acc", 2, 0.5)) }
        try desk.log(run, ("acc", 2, 0.5), time: 2)
        #expect(desk.reports == ["1 acc=nan", "2 acc=0.5", "2 acc=0.5"] && desk.records.count == 3)
    }

    @Test func aRequestIsTakenWholeOrNotAtAll() throws {
        var desk = Desk(attempt)
        let run = try desk.run()
        func log(_ parameters: (String, String)...) -> TrackingRequest {
            .log(
                run, points: [TrackedPoint(key: "acc", value: 1.0, timestamp: 1, step: 1)],
                parameters: parameters.map { TrackedText(key: $0.0, value: $0.1) }, tags: [])
        }
        try desk.ask(log(("p", "1")))
        let before = desk.records
        for bad in [log(("q", "1"), ("p", "2")), log(("r", "1"), ("r", "2")), log(("", "1"))] {
            #expect(throws: TrackingRefusal.self) { try desk.ask(bad) }
        }
        #expect(throws: TrackingRefusal.self) { try desk.ask(.getRun("nobody")) }
        #expect(desk.records == before)
        #expect(!(try desk.ask(.getRun(run))).contains(#""q""#))
    }

    @Test func nestedRunsAreTheProgramsOwn() throws {
        var desk = Desk(attempt)
        let outer = try desk.run()
        let inner = try desk.run(tags: [TrackedText(key: "mlflow.parentRunId", value: outer)])
        try desk.log(inner, ("acc", 1, 0.9))
        #expect(desk.reports.isEmpty && inner != outer)
        #expect(try desk.ask(.history(inner, key: "acc")).contains("0.9"))
    }

    /// What an agent that was started again answers.
    @Test func recordsMakeTheSameBook() throws {
        var desk = Desk(attempt, from: 4)
        let run = try desk.run(tags: [TrackedText(key: "mlflow.runName", value: "n")])
        try desk.log(run, ("acc", 5, 0.5), ("loss", 0, .infinity))
        try desk.ask(
            .log(run, points: [], parameters: [.init(key: "p", value: "1")], tags: [.init(key: "t", value: "x")]))
        try desk.ask(.removeTag(run, key: "t"))
        try desk.ask(.updateRun(run, status: "FINISHED", ended: 5, name: "other"))
        let other = try desk.run()
        try desk.ask(.setDeleted(other, true))
        var again = Desk(attempt, from: 4)
        for record in desk.records {
            again.book.apply(try WireCoding.decode(TrackingRecord.self, from: WireCoding.encode(record)))
        }
        for request in [TrackingRequest.getRun(run), .getRun(other), .searchRuns, .history(run, key: "acc")] {
            #expect(try again.ask(request) == desk.ask(request))
        }
        try again.log(run, ("acc", 6, 0.6), ("loss", 0, 1))
        try desk.log(run, ("acc", 6, 0.6), ("loss", 0, 1))
        #expect(again.reports == ["6 acc=0.6 loss=1.0"] && desk.reports.suffix(1) == again.reports[...])
    }
}
