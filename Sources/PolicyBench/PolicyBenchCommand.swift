import ArgumentParser
import CurveReplay
import Foundation

/// Policies against each other on replayed curves. See docs/BENCHMARKS.md.
@main
struct PolicyBenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy-bench", abstract: "Policies against each other on replayed learning curves.")

    @OptionGroup var options: BenchOptions
    @Option(help: "Tell these apart in the tables: deadline, slots, scaling, startup; separated by commas.")
    var by = ""
    @Option(help: "Write every measurement, or every forecast of a sweep, to this CSV file.") var csv: String?
    @Flag(help: "Score the odds of trials and of sweeps instead of policies.") var odds = false
    @Flag(help: "Say on standard error how far it has come.") var progress = false

    func run() throws {
        let cells = try options.cells()
        if odds {
            print(try OddsScore(options).text)
            var sweeps = try SweepOddsScore(options)
            print(sweeps.text())
            if let csv { try Data(sweeps.csv.utf8).write(to: URL(fileURLWithPath: csv)) }
            return
        }
        let dimensions = try by.split(separator: ",").map { name in
            guard let dimension = ReplayReport.Dimension(rawValue: String(name)) else {
                let known = ReplayReport.Dimension.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--by \(name): expected some of \(known)")
            }
            return dimension
        }
        let (total, isShown) = (cells.count, progress)
        let results = ReplayRun(cells: cells, contenders: try options.contenders()).run(threads: options.threads) {
            if isShown { FileHandle.standardError.write(Data("\r\($0) of \(total) cells".utf8)) }
        }
        if isShown { FileHandle.standardError.write(Data("\n".utf8)) }
        print(ReplayReport(results, by: dimensions).text)
        if let csv { try Data(ReplayCSV.measurements(results).utf8).write(to: URL(fileURLWithPath: csv)) }
    }
}
