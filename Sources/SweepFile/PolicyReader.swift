import HyperSchedProtocol
import Yams

/// `hypersched.policy`: a name, or a mapping with the name and options.
struct PolicyReader {
    let block: Section
    let hyperband: EarlyTermination

    private static let names = ["deadline", "hypersched", "asha", "fifo"]
    private static let laterNames = [
        "hyperband": "use 'asha'", "median": "use 'asha' with 'kind: stopping'", "pbt": "use 'deadline'",
    ]

    func policy() -> PolicySpec? {
        guard let node = block.value("policy") else { return defaultPolicy() }
        if hyperband.isPresent {
            block.findings.warn(
                "early_terminate", "only its step counts are used, because 'hypersched.policy' is given")
        }
        guard node.mapping != nil else {
            return block.text("policy").flatMap { named($0, section: nil) }
        }
        guard let section = block.section("policy") else { return nil }
        guard let name = section.text("name") else {
            section.error("name", "missing", fix: "write 'name: hypersched'")
            return nil
        }
        return named(name, section: section)
    }

    private func defaultPolicy() -> PolicySpec {
        guard hyperband.isPresent else { return .hypersched(HyperSchedOptions()) }
        let eta = hyperband.reductionFactor
        block.findings.warn(
            "early_terminate",
            "hyperband is carried out as policy asha, kind stopping, eta \(eta); "
                + "write 'hypersched.policy' for another one")
        return .asha(ASHAOptions(kind: .stopping, reductionFactor: eta))
    }

    private func named(_ name: String, section: Section?) -> PolicySpec? {
        switch name {
        case "fifo":
            section?.check(known: ["name"])
            return .fifo
        case "asha": return section.map { asha($0) } ?? .asha(ASHAOptions())
        case "deadline": return section.map { deadline($0) } ?? .deadline(DeadlineOptions())
        case "hypersched": return section.map { hypersched($0) } ?? .hypersched(HyperSchedOptions())
        default:
            let (place, key) = section.map { ($0, "name") } ?? (block, "policy")
            place.unknown(key, word: name, known: Self.names, later: Self.laterNames)
            return nil
        }
    }

    private func asha(_ section: Section) -> PolicySpec {
        section.check(known: ["name", "eta", "kind"])
        var options = ASHAOptions()
        set(&options.reductionFactor, section.integer("eta", in: 2...100))
        set(&options.kind, section.choice("kind", as: ASHAOptions.Kind.self))
        return .asha(options)
    }

    private func deadline(_ section: Section) -> PolicySpec {
        section.check(known: [
            "name", "eta", "scaling", "admission_factor", "payback_restarts", "adapts", "retests", "consolidates",
            "hedges", "extrapolates",
        ])
        var options = DeadlineOptions()
        set(&options.reductionFactor, section.integer("eta", in: 2...100))
        options.scaling = scaling(section)
        set(&options.admissionFactor, section.number("admission_factor", expected: "a number larger than 0") { $0 > 0 })
        set(
            &options.paybackRestarts, section.number("payback_restarts", expected: "a number of at least 0") { $0 >= 0 }
        )
        set(&options.adapts, section.bool("adapts"))
        set(&options.retests, section.bool("retests"))
        set(&options.consolidates, section.bool("consolidates"))
        set(&options.hedges, section.bool("hedges"))
        set(&options.extrapolates, section.bool("extrapolates"))
        return .deadline(options)
    }

    private func hypersched(_ section: Section) -> PolicySpec {
        section.check(known: [
            "name", "eta", "allocation", "scaling", "cooldown_reports", "gain_threshold", "speculation",
            "count_overhead", "limit_admission", "fixed_exploration", "drop_at_closing",
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

    private func set<Value>(_ target: inout Value, _ value: Value?) {
        if let value { target = value }
    }
}
