import Foundation
import HyperSchedProtocol
import Simulator

/// Slots against time, one trial's on top of another's: the winner at the bottom.
struct SlotStack {
    private struct Band {
        let trial: TrialID
        let base: Int
        let slots: Int
        let begin: Double
        var end: Double
    }

    private let setup: SimulationSetup
    private let colours: [TrialID: String]
    private let bands: [Band]

    /// - Parameter order: trials from the bottom upwards; the others follow by number.
    init(_ outcome: SimulationOutcome, _ setup: SimulationSetup, colours: [TrialID: String], order: [TrialID]) {
        self.setup = setup
        self.colours = colours
        let places = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
        bands = Self.stack(Self.changes(outcome, setup)) { trial in (places[trial] ?? order.count, trial) }
    }

    /// What each instant changes: slots of a trial, more or fewer.
    private static func changes(_ outcome: SimulationOutcome, _ setup: SimulationSetup) -> [(
        seconds: Double, trial: TrialID, slots: Int
    )] {
        var changes: [(seconds: Double, trial: TrialID, slots: Int)] = []
        for attempt in outcome.attempts {
            let (trial, slots) = (attempt.attempt.trial, attempt.slots.count)
            changes.append((attempt.startedAt.seconds(since: setup.start), trial, slots))
            changes.append((attempt.endedAt!.seconds(since: setup.start), trial, -slots))
        }
        return changes.sorted { ($0.seconds, $0.trial, $0.slots) < ($1.seconds, $1.trial, $1.slots) }
    }

    private static func stack(
        _ changes: [(seconds: Double, trial: TrialID, slots: Int)], order: (TrialID) -> (Int, TrialID)
    ) -> [Band] {
        var held: [TrialID: Int] = [:]
        var open: [TrialID: Band] = [:]
        var done: [Band] = []
        var index = 0
        while index < changes.count {
            let now = changes[index].seconds
            while index < changes.count, changes[index].seconds == now {
                held[changes[index].trial, default: 0] += changes[index].slots
                index += 1
            }
            var base = 0
            let holders = held.filter { $0.value > 0 }.keys.sorted { order($0) < order($1) }
            for trial in Set(open.keys).subtracting(holders).sorted() { close(trial) }
            for trial in holders {
                let slots = held[trial]!
                if open[trial].map({ $0.base != base || $0.slots != slots }) ?? true {
                    close(trial)
                    open[trial] = Band(trial: trial, base: base, slots: slots, begin: now, end: now)
                }
                base += slots
            }
            func close(_ trial: TrialID) {
                guard var band = open.removeValue(forKey: trial) else { return }
                band.end = now
                done.append(band)
            }
        }
        return done
    }

    func draw(_ canvas: inout SVGCanvas, _ panel: PlotPanel) {
        let time = PlotTime(upTo: setup.duration)
        canvas.group("stroke=\"#ffffff\" stroke-width=\"0.6\"") { canvas in
            for band in bands {
                let (left, right) = (panel.x.pixel(band.begin), panel.x.pixel(min(band.end, setup.duration)))
                let (top, bottom) = (panel.y.pixel(Double(band.base + band.slots)), panel.y.pixel(Double(band.base)))
                guard right - left > 0.05 else { continue }
                let fill =
                    colours[band.trial] ?? PlotStyle.others[Int(band.trial.rawValue) % PlotStyle.others.count]
                canvas.rect(
                    PlotFrame(left: left, top: top, width: right - left, height: bottom - top), fill: fill,
                    title: "trial \(band.trial): \(band.slots) slot\(band.slots == 1 ? "" : "s"), "
                        + "\(time.text(band.begin)) to \(time.text(band.end))")
            }
        }
    }
}
