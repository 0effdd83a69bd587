import Testing

@testable import Workloads

/// The metrics of each epoch, but for the speed, which differs from run to run.
final class ReportLog {
    var reports: [[String: Double]] = []
    var checkpoints: [String?] = []

    func add(_ report: EpochReport) {
        let metrics = report.metrics.filter { !$0.name.hasSuffix("_per_s") }
        reports.append(Dictionary(uniqueKeysWithValues: metrics.map { ($0.name, $0.value) }))
        checkpoints.append(report.checkpoint)
    }
}

/// Interrupted after every few optimiser steps, and continued from the checkpoint each time, a training reports the
/// same and leaves the same checkpoint files, byte by byte, as the uninterrupted one.
enum ResumeCheck {
    /// - Parameter make: the same training, with a folder for checkpoints and one to go on from.
    static func run<Work: Workload>(
        stepsPerAttempt: Int, minimumStops: Int = 2,
        _ make: (_ folder: String, _ resume: String?) throws -> TrainingRun<Work>
    ) throws {
        let (whole, parts) = (try TemporaryFolder(), try TemporaryFolder())
        let (wholeLog, partsLog) = (ReportLog(), ReportLog())
        let straight = try make(whole.path, nil)
        #expect(try straight.run(shouldStop: { false }, report: wholeLog.add) == .finished)
        #expect(wholeLog.reports.count == straight.trial.totalEpochs)

        var resume: String?
        var stops = 0
        while true {
            let training = try make(parts.path, resume)
            var steps = 0
            let outcome = try training.run(
                shouldStop: {
                    steps += 1
                    return steps > stepsPerAttempt
                }, report: partsLog.add)
            guard case .stopped(let checkpoint, _) = outcome else {
                #expect(outcome == .finished)
                break
            }
            resume = parts.path + "/" + (try #require(checkpoint))
            stops += 1
        }
        #expect(stops >= minimumStops)
        #expect(partsLog.reports == wholeLog.reports)
        #expect(partsLog.checkpoints == wholeLog.checkpoints)
        let names = wholeLog.checkpoints.compactMap { $0 }
        #expect(names.count == wholeLog.reports.count)
        for name in names {
            let file = name + "/model.safetensors"
            #expect(try whole.bytes(file) == parts.bytes(file), "\(name)")
        }
    }
}
