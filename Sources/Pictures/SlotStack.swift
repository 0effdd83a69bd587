import Foundation
import HyperSchedProtocol

/// Slots against time, one trial's on top of another's: the winner at the bottom.
struct SlotStack {
    private struct Band {
        let trial: TrialID
        let base: Int
        let slots: Int
        let begin: Double
        var end: Double
    }

    private let duration: Double
    private let colours: [TrialID: String]
    private let name: (TrialID) -> String
    private let bands: [Band]

    /// - Parameter order: trials from the bottom upwards; the others follow by number.
    init(
        _ picture: SweepPicture, colours: [TrialID: String], order: [TrialID], name: @escaping (TrialID) -> String
    ) {
        duration = picture.duration
        self.colours = colours
        self.name = name
        let places = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
        bands = Self.stack(Self.changes(picture.spans)) { trial in (places[trial] ?? order.count, trial) }
    }

    /// What each instant changes: slots of a trial, more or fewer.
    private static func changes(_ spans: [SweepPicture.Span]) -> [(seconds: Double, trial: TrialID, slots: Int)] {
        spans.flatMap { [($0.begin, $0.trial, $0.slots), ($0.end, $0.trial, -$0.slots)] }
            .sorted { ($0.0, $0.1, $0.2) < ($1.0, $1.1, $1.2) }
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
                let trial = changes[index].trial
                held[trial, default: 0] += changes[index].slots
                if held[trial] == 0 { held[trial] = nil }
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
        let time = PlotTime(upTo: duration)
        canvas.group("stroke=\"\(PlotStyle.paper)\" stroke-width=\"0.6\"") { canvas in
            for band in bands {
                let (left, right) = (panel.x.pixel(band.begin), panel.x.pixel(min(band.end, duration)))
                let (top, bottom) = (panel.y.pixel(Double(band.base + band.slots)), panel.y.pixel(Double(band.base)))
                guard right - left > 0.05 else { continue }
                let fill =
                    colours[band.trial] ?? PlotStyle.others[Int(band.trial.rawValue) % PlotStyle.others.count]
                canvas.rect(
                    PlotFrame(left: left, top: top, width: right - left, height: bottom - top), fill: fill,
                    title: "\(name(band.trial)): \(band.slots) slot\(band.slots == 1 ? "" : "s"), "
                        + "\(time.text(band.begin)) to \(time.text(band.end))")
            }
        }
    }
}
