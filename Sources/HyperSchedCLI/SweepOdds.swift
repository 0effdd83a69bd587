import ArgumentParser
import HyperSchedClient
import HyperSchedProtocol
import TerminalView

struct SweepOdds: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "odds", abstract: "Hold forecasts against what came of them.",
        discussion: "Of one sweep: the forecasts that were written down while it ran. Without a number: how good the "
            + "forecasts of all sweeps were that have ended, and how often what was given 70 % really happened.")

    @Argument(help: "The sweep's number; without it: all sweeps that have ended.")
    var sweep: Int64?
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let client = try global.client()
        let terminal = Terminal()
        guard let sweep else {
            let calibration = try await client.calibration()
            if !global.printedJSON(calibration) {
                terminal.print(CalibrationReport.lines(calibration, width: terminal.width))
            }
            return
        }
        let summary = try await client.sweep(SweepID(sweep))
        let forecasts = summary.forecasts ?? []
        if global.printedJSON(Page(items: forecasts)) { return }
        terminal.print(ForecastHistory.lines(forecasts, metric: summary.spec.metric, width: terminal.width))
    }
}
