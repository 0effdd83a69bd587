import Foundation
import Simulator

let options = BenchOptions(Array(CommandLine.arguments.dropFirst()))
if options.odds {
    print(OddsScore(options).text)
    print(SweepOddsScore(options).text)
} else {
    print(BenchRun(options).run().text)
}
