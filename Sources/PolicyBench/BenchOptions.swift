import Foundation

/// Command line: `policy-bench --table PATH|NAME ... --policy NAME ... [--seeds N] [--ratios 0.5,1] [--slots 4,8]
/// [--scalings linear,sqrt,measured] [--threads 2]
/// [--details] [--odds]`.
struct BenchOptions {
    var tables: [CurveTable] = []
    var policies: [Contender] = []
    var seeds: ClosedRange<UInt64> = 1...10
    var ratios = [0.5, 1, 2, 4]
    var slots = [4, 8, 16, 32]
    var scalings = ["linear", "sqrt", "measured"]
    var threads = 2
    var details = false
    /// Score forecasts instead of policies.
    var odds = false

    init(_ arguments: [String]) {
        var rest = arguments[...]
        while let flag = rest.popFirst() {
            if flag == "--details" { details = true; continue }
            if flag == "--odds" { odds = true; continue }
            guard let value = rest.popFirst() else { Self.fail("\(flag) needs a value") }
            set(flag, value)
        }
        if policies.isEmpty { policies = ["asha", "hypersched", "deadline"].compactMap(Contender.named) }
        if tables.isEmpty { Self.fail("give at least one --table: a curves file or one of \(SyntheticTables.names)") }
    }

    private mutating func set(_ flag: String, _ value: String) {
        let list = value.split(separator: ",").map(String.init)
        switch flag {
        case "--table": tables.append(SyntheticTables.table(value) ?? CurveTable(curves: value))
        case "--policy":
            guard let policy = Contender.named(value) else { Self.fail("no policy \(value)") }
            policies.append(policy)
        case "--seeds":
            let bounds = value.split(separator: "-").compactMap { UInt64($0) }
            seeds = bounds.count == 2 ? bounds[0]...bounds[1] : 1...(bounds.first ?? 1)
        case "--ratios": ratios = list.compactMap(Double.init)
        case "--slots": slots = list.compactMap { Int($0) }
        case "--scalings": scalings = list
        case "--threads": threads = Int(value) ?? 2
        default: Self.fail("unknown option \(flag)")
        }
    }

    static func fail(_ message: String) -> Never {
        FileHandle.standardError.write(Data("policy-bench: \(message)\n".utf8))
        exit(64)
    }

    var cells: [Cell] {
        tables.flatMap { table in
            ratios.flatMap { ratio in
                slots.flatMap { slots in
                    scalings.flatMap { scaling in
                        seeds.map {
                            guard let model = Cell.scaling(scaling) else { Self.fail("no scaling \(scaling)") }
                            return Cell(
                                table: table, ratio: ratio, slots: slots, scalingName: scaling, scaling: model,
                                seed: $0)
                        }
                    }
                }
            }
        }
    }
}
