import HyperSchedProtocol
import Yams

/// `hypersched.policy`: a name, or a mapping with the name and options.
struct PolicyReader {
    let block: Section
    let hyperband: EarlyTermination

    private static let names = ["deadline", "hypersched", "asha", "hyperband", "median", "pbt", "fifo"]

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
            section.error("name", "missing", fix: "write 'name: deadline'")
            return nil
        }
        return named(name, section: section)
    }

    private func defaultPolicy() -> PolicySpec {
        guard hyperband.isPresent else { return .deadline(DeadlineOptions()) }
        let eta = hyperband.reductionFactor
        block.findings.warn(
            "early_terminate",
            "hyperband is carried out as policy asha, kind stopping, cutoff rank, eta \(eta): like W&B's rule it has "
                + "one bracket, and it is W&B's strict form; write 'hypersched.policy' for another one")
        return .asha(ASHAOptions(kind: .stopping, reductionFactor: eta, cutoff: .rank))
    }

    private func named(_ name: String, section: Section?) -> PolicySpec? {
        switch name {
        case "fifo":
            section?.check(known: ["name"])
            return .fifo
        case "asha": return section.map { asha($0) } ?? .asha(ASHAOptions())
        case "hyperband": return section.map { hyperband($0) } ?? .hyperband(HyperbandOptions())
        case "median": return section.map { median($0) } ?? .median(MedianOptions())
        case "pbt": return section.map { pbt($0) } ?? .pbt(PBTOptions())
        case "deadline": return section.map { deadline($0) } ?? .deadline(DeadlineOptions())
        case "hypersched": return section.map { hypersched($0) } ?? .hypersched(HyperSchedOptions())
        default:
            let (place, key) = section.map { ($0, "name") } ?? (block, "policy")
            place.unknown(key, word: name, known: Self.names)
            return nil
        }
    }

    func set<Value>(_ target: inout Value, _ value: Value?) {
        if let value { target = value }
    }
}
