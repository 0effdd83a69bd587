import HyperSchedProtocol
import Scheduler

/// Throughput that others measured on real clusters.
enum MeasuredScaling {
    /// `pollux_scalability.csv` (Pollux, OSDI 2021; columns app, num_nodes, num_replicas, local_bsz, step_time). It
    /// begins at six GPUs, so here one slot is eight GPUs: s(a) is the best throughput on 8a GPUs, over batch sizes
    /// and numbers of nodes, relative to that on 8.
    static func pollux(_ application: String, folder: String) throws(ReplayError) -> ThroughputModel {
        let file = try CSVFile(folder + "/pollux_scalability.csv")
        let app = try file.requiredColumn(["app"], option: nil)
        let replicas = try file.requiredColumn(["num_replicas"], option: nil)
        let batch = try file.requiredColumn(["local_bsz"], option: nil)
        let seconds = try file.requiredColumn(["step_time"], option: nil)
        var best: [Int: Double] = [:]
        for row in file.rows where row.fields[app] == application {
            let gpus = Int(try file.number(row, replicas))
            let throughput = Double(gpus) * (try file.number(row, batch)) / (try file.number(row, seconds))
            if throughput.isFinite { best[gpus] = max(best[gpus] ?? 0, throughput) }
        }
        return try model(
            best.filter { $0.key % 8 == 0 }.map { (slots: $0.key / 8, throughput: $0.value) }, file,
            known: distinct(file.rows.map { String($0.fields[app]) }), asked: application)
    }

    /// `gavel_throughput.csv` (Gavel, OSDI 2020; columns device, model, batch_size, num_gpus, steps_per_s): s(a) is
    /// the measured throughput on a GPUs relative to one. Rows of 0 ran out of memory. The ResNet-18 rows are left out:
    /// they grow by a factor of up to 12 on 8 GPUs, which can not be.
    static func gavel(_ name: String, folder: String) throws(ReplayError) -> ThroughputModel {
        let file = try CSVFile(folder + "/gavel_throughput.csv")
        let device = try file.requiredColumn(["device"], option: nil)
        let model = try file.requiredColumn(["model"], option: nil)
        let batch = try file.requiredColumn(["batch_size"], option: nil)
        let gpus = try file.requiredColumn(["num_gpus"], option: nil)
        let rate = try file.requiredColumn(["steps_per_s"], option: nil)
        func key(_ row: CSVFile.Row) -> String {
            let size = Int(Double(row.fields[batch]) ?? 0)
            return "\(row.fields[device])/\(row.fields[model])/\(size)"
        }
        let rows = file.rows.filter { $0.fields[model] != "ResNet-18" }
        var points: [(slots: Int, throughput: Double)] = []
        for row in rows where key(row) == name {
            let throughput = try file.number(row, rate)
            if throughput > 0 { points.append((Int(try file.number(row, gpus)), throughput)) }
        }
        // Models that were measured on one GPU alone tell nothing.
        let several = distinct(rows.filter { Double($0.fields[gpus]) ?? 0 > 1 }.map(key))
        return try Self.model(points, file, known: several, asked: name)
    }

    private static func model(
        _ points: [(slots: Int, throughput: Double)], _ file: CSVFile, known: [String], asked: String
    ) throws(ReplayError) -> ThroughputModel {
        let sorted = points.sorted { $0.slots < $1.slots }
        guard let one = sorted.first, one.slots == 1, sorted.count > 1 else {
            throw ReplayError(
                "\(file.path) has no scaling of '\(asked)'", fix: "write one of \(known.joined(separator: ", "))")
        }
        return ThroughputModel(
            points: sorted.map { ScalingPoint(slots: $0.slots, speed: $0.throughput / one.throughput) })
    }

    private static func distinct(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }
}
