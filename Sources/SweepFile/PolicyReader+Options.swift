import HyperSchedProtocol
import Yams

/// The options of each policy.
extension PolicyReader {
    func asha(_ section: Section) -> PolicySpec {
        section.check(known: ["name", "eta", "kind", "cutoff", "delay"])
        var options = ASHAOptions()
        set(&options.reductionFactor, section.integer("eta", in: 2...100))
        set(&options.kind, section.choice("kind", as: ASHAOptions.Kind.self))
        set(&options.cutoff, section.choice("cutoff", as: ASHAOptions.Cutoff.self))
        set(&options.delay, section.bool("delay"))
        refuseUnusedCutoff(section, options.kind)
        if options.delay, options.kind == .stopping {
            section.error(
                "delay", "delays promotions, and 'kind: stopping' has none",
                fix: "leave it out, or use 'kind: promotion'")
        }
        return .asha(options)
    }

    func hyperband(_ section: Section) -> PolicySpec {
        section.check(known: ["name", "eta", "kind", "cutoff", "brackets"])
        var options = HyperbandOptions()
        set(&options.reductionFactor, section.integer("eta", in: 2...100))
        set(&options.kind, section.choice("kind", as: ASHAOptions.Kind.self))
        set(&options.cutoff, section.choice("cutoff", as: ASHAOptions.Cutoff.self))
        options.brackets = section.integer("brackets", in: 1...100)
        refuseUnusedCutoff(section, options.kind)
        return .hyperband(options)
    }

    private func refuseUnusedCutoff(_ section: Section, _ kind: ASHAOptions.Kind) {
        guard section.has("cutoff"), kind == .promotion else { return }
        section.error(
            "cutoff", "is the test of 'kind: stopping'; 'kind: promotion' has none",
            fix: "leave it out, or write 'kind: stopping'")
    }

    func median(_ section: Section) -> PolicySpec {
        section.check(known: ["name", "statistic", "peers", "action", "grace_steps", "min_trials", "interval"])
        var options = MedianOptions()
        set(&options.statistic, section.choice("statistic", as: MedianOptions.Statistic.self))
        set(&options.peers, section.choice("peers", as: MedianOptions.Peers.self))
        set(&options.action, section.choice("action", as: MedianOptions.Action.self))
        options.graceSteps = section.integer("grace_steps", in: 0...1_000_000_000)
        set(&options.minTrials, section.integer("min_trials", in: 1...1_000_000))
        options.interval = section.integer("interval", in: 1...1_000_000_000)
        return .median(options)
    }

    func pbt(_ section: Section) -> PolicySpec {
        section.check(known: [
            "name", "population", "interval", "quantile", "resample_probability", "factors", "action",
        ])
        var options = PBTOptions()
        options.population = section.integer("population", in: 2...10_000)
        options.interval = section.integer("interval", in: 1...1_000_000_000)
        set(
            &options.quantile,
            section.number("quantile", expected: "a number above 0, at most 0.5") { $0 > 0 && $0 <= 0.5 })
        set(
            &options.resampleProbability,
            section.number("resample_probability", expected: "a number from 0 to 1") { $0 >= 0 && $0 <= 1 })
        set(&options.factors, factors(section))
        set(&options.action, section.choice("action", as: PBTOptions.Action.self))
        return .pbt(options)
    }

    private func factors(_ section: Section) -> [Double]? {
        guard let node = section.value("factors") else { return nil }
        let numbers = node.sequence?.compactMap { ScalarText($0)?.number } ?? []
        guard (1...16).contains(numbers.count), numbers.count == node.sequence?.count,
            numbers.allSatisfy({ $0 > 0 && $0.isFinite && $0 != 1 })
        else {
            section.error(
                "factors", "expected a list of 1 to 16 numbers larger than 0, none of them 1",
                fix: "write [0.8, 1.2], for example")
            return nil
        }
        return numbers
    }

    func deadline(_ section: Section) -> PolicySpec {
        section.check(known: [
            "name", "eta", "scaling", "first_rung", "final_share", "consolidates", "hedges", "extrapolates",
        ])
        var options = DeadlineOptions()
        set(&options.reductionFactor, section.integer("eta", in: 2...100))
        options.scaling = scaling(section)
        set(&options.firstRung, section.number("first_rung", expected: "a number from 0 to 1") { $0 >= 0 && $0 <= 1 })
        set(&options.finalShare, section.number("final_share", expected: "a number from 0 to 1") { $0 >= 0 && $0 <= 1 })
        set(&options.consolidates, section.bool("consolidates"))
        set(&options.hedges, section.bool("hedges"))
        set(&options.extrapolates, section.bool("extrapolates"))
        return .deadline(options)
    }

    func hypersched(_ section: Section) -> PolicySpec {
        section.check(known: [
            "name", "eta", "allocation", "scaling", "cooldown_reports", "gain_threshold", "speculation",
            "count_overhead", "limit_admission", "fixed_exploration", "drop_at_closing", "pausing", "allocation_grid",
            "published_slips",
        ])
        var options = HyperSchedOptions()
        set(&options.reductionFactor, section.integer("eta", in: 2...100))
        set(&options.allocation, section.choice("allocation", as: HyperSchedOptions.Allocation.self))
        options.scaling = scaling(section)
        set(&options.cooldownReports, section.integer("cooldown_reports", in: 0...1_000_000))
        set(&options.gainThreshold, section.number("gain_threshold", expected: "a number of at least 1") { $0 >= 1 })
        set(&options.speculation, section.bool("speculation"))
        set(&options.countOverhead, section.bool("count_overhead"))
        set(&options.limitAdmission, section.bool("limit_admission"))
        options.fixedExploration = section.number(
            "fixed_exploration", expected: "a number between 0 and 1"
        ) { $0 > 0 && $0 < 1 }
        set(&options.dropAtClosing, section.bool("drop_at_closing"))
        set(&options.pausing, section.bool("pausing"))
        options.allocationGrid = section.integer("allocation_grid", in: 1...4096)
        set(&options.publishedSlips, section.bool("published_slips"))
        return .hypersched(options)
    }

    /// `{1: 1.0, 2: 1.8, 4: 3.1}`: slots to speed.
    private func scaling(_ section: Section) -> [ScalingPoint]? {
        guard let table = section.section("scaling") else { return nil }
        let points = table.keys.compactMap { key -> ScalingPoint? in
            guard let slots = Int(key), (1...4096).contains(slots) else {
                table.error(
                    key, "expected a number of slots, found '\(key)'", fix: "write {1: 1.0, 2: 1.8}, for example")
                return nil
            }
            let speed = table.number(key, expected: "a speed larger than 0") { $0 > 0 }
            return speed.map { ScalingPoint(slots: slots, speed: $0) }
        }
        guard !points.isEmpty || !table.keys.isEmpty else {
            section.error("scaling", "is empty", fix: "write {1: 1.0, 2: 1.8}, for example")
            return nil
        }
        return points.sorted { $0.slots < $1.slots }
    }

    /// Each point of judgement costs a number per trial, in memory and in every write of a trial.
    func refuseTooManyPoints(_ policy: PolicySpec?, _ steps: StepRange?) {
        guard case .median(let options)? = policy, let steps else { return }
        let count = options.points(steps).count
        guard count > MedianOptions.mostPoints, let interval = options.interval else { return }
        let enough = (count * interval + MedianOptions.mostPoints - 1) / MedianOptions.mostPoints
        block.error(
            "policy",
            "'interval: \(interval)' makes \(count) points of judgement, more than \(MedianOptions.mostPoints)",
            fix: "write 'interval: \(enough)', or leave it out")
    }
}
