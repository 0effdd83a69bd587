import CurveReplay
import Foundation
import HyperSchedProtocol
import Scheduler
import Simulator
import Testing

@Suite struct ReplayTests {
    private func file(_ text: String) throws -> String {
        let path = FileManager.default.temporaryDirectory.appending(path: "replay-\(UUID().uuidString).csv").path
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    @Test func readsATable() throws {
        let path = try file("config,step,acc,elapsed_s\nb,2,0.5,30\nb,1,0.25,10\na,1,nan,7\n")
        defer { try? FileManager.default.removeItem(atPath: path) }
        let table = try CurveTable(file: path, TableOptions(metric: "acc"))
        #expect(table.configurations == ["b", "a"])
        #expect(table.runs[0].objective == [0.25, 0.5])
        #expect(table.runs[0].stepSeconds == [10, 20])
        #expect(table.runs[1].objective[0].isNaN)
        #expect(table.maxStep == 2 && table.worst == 0.25)
    }

    @Test func namesLineAndColumnOfAMistake() throws {
        let path = try file("config,step,metric\n1,1,high\n")
        defer { try? FileManager.default.removeItem(atPath: path) }
        let error = #expect(throws: ReplayError.self) { _ = try CurveTable(file: path) }
        #expect(error?.what.contains("line 2") == true && error?.what.contains("'metric'") == true)
    }

    @Test func halvesOfATableShareNothing() throws {
        let all = try CurveTable.named("power")
        let (odd, even) = (all.part(.odd), all.part(.even))
        #expect(odd.runs.count + even.runs.count == all.runs.count)
        #expect(Set(odd.configurations).isDisjoint(with: even.configurations))
    }

    @Test(arguments: ["asha:kind=stopping", "hypersched:speculation=false", "split20", "one-epoch", "oracle", "median"])
    func knowsContenders(name: String) throws { #expect(try Contender.named(name).name == name) }

    @Test(arguments: ["ashaa", "asha:eta", "asha:eta=0"])
    func refusesOthers(name: String) {
        #expect(throws: ReplayError.self) { _ = try Contender.named(name) }
    }

    @Test func readsScalings() throws {
        #expect(try NamedScaling.named("1=1/2=1.5").model.speed(slots: 2) == 1.5)
        #expect(try NamedScaling.named("amdahl:1").model.speed(slots: 4) == 4)
        #expect(throws: ReplayError.self) { _ = try NamedScaling.named("pollux:bert") }
    }

    @Test func readsAgents() throws {
        #expect(try ReplayCell.agents("2x4+1") == [4, 4, 1])
        #expect(throws: ReplayError.self) { _ = try ReplayCell.agents("0") }
    }

    /// Nobody beats the one who knows all curves, and equal seeds give equal results on any number of threads.
    @Test func regretIsNeverNegativeAndRepeatable() throws {
        let table = try CurveTable.named("power")
        let cells = (1...2).map {
            ReplayCell(
                table: table, deadlineSeconds: table.fullSeconds, agents: [4], seed: UInt64($0), trials: 20,
                startupSeconds: 20, stopSeconds: 5)
        }
        let run = ReplayRun(cells: cells, contenders: try Contender.list("random,asha,split50,one-epoch,oracle"))
        let (a, b) = (run.run(threads: 1), run.run(threads: 2))
        for (x, y) in zip(a.rows.joined(), b.rows.joined()) {
            #expect(x.regret >= -1e-9 && x.best == y.best && x.restarts == y.restarts)
            #expect(x.utilization <= 1 + 1e-9)
        }
        #expect(a.rows.allSatisfy { abs($0.last!.regret) < 1e-9 })
    }

    @Test func goesOnWithCutCurves() {
        let curve = (1...20).map { 0.9 - 0.5 / Double($0) }
        let (values, isFitted) = CurveExtension.power.values(after: curve, to: 40, goal: .maximize)
        #expect(isFitted && values.count == 20)
        #expect(abs(values.last! - (0.9 - 0.5 / 40)) < 1e-6)
        #expect(CurveExtension.hold.values(after: curve, to: 21, goal: .maximize).values == [curve.last!])
    }
}
