import ArgumentParser
import HyperSchedProtocol
import Testing

@testable import HyperSchedCLI
@testable import TerminalView

/// `sweep propose` and `sweep observations`: what people write, and what they see.
@Suite struct ProposeTests {
    private static let parameters = [
        Parameter(name: "lr", domain: .logUniform(min: 0.001, max: 1)),
        Parameter(name: "layers", domain: .intUniform(min: 1, max: 4)),
        Parameter(
            name: "optimizer", domain: .categorical(values: [.string("sgd"), .string("1")], probabilities: nil)),
        Parameter(name: "sgd.momentum", domain: .uniform(min: 0, max: 1), groups: ["sgd"]),
        Parameter(
            name: "nesterov", domain: .categorical(values: [.bool(true), .bool(false)], probabilities: nil)),
    ]

    private func read(_ values: String...) -> [HyperSchedProtocol.Configuration.Entry] {
        SweepPropose.configuration(values, Self.parameters).entries
    }

    @Test func aValueIsReadAsItsParameterReadsIt() {
        let entries = read("lr=1e-2", "layers=2", "optimizer=1", "sgd.momentum=0", "nesterov=true")
        // By name, as everywhere.
        #expect(entries.map(\.name) == ["layers", "lr", "nesterov", "optimizer", "sgd.momentum"])
        #expect(entries.map(\.value) == [.int(2), .real(0.01), .bool(true), .string("1"), .real(0)])
        #expect(entries[4].groups == ["sgd"])
    }

    @Test func whatNoParameterTakesIsSentAsItIsForTheDaemonToRefuse() {
        #expect(read("lr=2")[0].value == .int(2))
        #expect(read("layers=2.5")[0].value == .real(2.5))
        #expect(read("lr=fast")[0].value == .string("fast"))
        #expect(read("lr=nan")[0].value == .string("nan"), "JSON has no NaN")
        #expect(read("unknown=true")[0].value == .bool(true))
        #expect(read("optimizer=a=b")[0].value == .string("a=b"), "only the first sign divides")
        #expect(read("optimizer=")[0].value == .string(""))
    }

    @Test(arguments: [
        ["sweep", "propose", "1"], ["sweep", "propose", "1", "lr"], ["sweep", "propose", "1", "=1"],
        ["sweep", "propose", "1", "lr=1", "--close"], ["sweep", "observations", "1", "--wait", "-1"],
        ["sweep", "observations", "1", "--limit", "0"],
    ])
    func wrongCommandLinesAreRefused(arguments: [String]) {
        #expect(throws: (any Error).self) { try RootCommand.parseAsRoot(arguments) }
    }

    @Test func observationsAreATable() {
        let item = TrialObservation(
            number: 9, trial: TrialID(4), index: 3,
            configuration: Configuration([("lr", .real(0.5))]), key: nil, state: .paused, stateReason: nil,
            rungs: [], best: 0.25, bestStep: 2, last: 0.5, lastStep: 3)
        var page = ObservationPage(
            items: [item], cursor: 9, hasMore: true, wanted: 2, state: .running,
            metric: Metric(name: "loss", goal: .minimize))
        #expect(
            plain(ObservationTable(page).lines(width: 80)) == """
                trial  state   loss  at  step  configuration
                    4  paused  0.25   2     3  lr=0.5
                cursor 9, and more; wanted 2; sweep running
                """)
        page.items = []
        page.hasMore = false
        #expect(plain(ObservationTable(page).lines(width: 80)) == "cursor 9; wanted 2; sweep running")
    }
}
