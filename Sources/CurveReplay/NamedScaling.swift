import HyperSchedProtocol
public import Scheduler

/// A throughput model by the name that users give.
public struct NamedScaling: Sendable, Hashable {
    public let name: String
    public let model: ThroughputModel

    public init(name: String, model: ThroughputModel) {
        self.name = name
        self.model = model
    }

    public static let linear = NamedScaling(name: "linear", model: .linear)

    /// Throughput on several GPUs of one machine relative to one, batch size per GPU fixed: the scaling tables that
    /// HyperSched's authors measured and published with their code (arXiv 2001.02338).
    public static let published: [(name: String, points: [(Int, Double)])] = [
        ("resnet18", [(1, 1), (2, 1.854), (4, 3.426), (8, 5.398)]),
        ("resnet50", [(1, 1), (2, 1.870), (4, 3.421), (8, 5.598)]),
        ("resnet101", [(1, 1), (2, 1.892), (4, 3.632), (8, 6.672)]),
        ("resnet152", [(1, 1), (2, 1.796), (4, 3.448), (8, 6.541)]),
        ("shufflenet", [(1, 1), (2, 1.920), (4, 3.605), (8, 6.084)]),
        // ImageNet ResNet-50, one slot is two GPUs.
        ("imagenet", [(1, 1), (2, 1.77), (4, 2.93), (8, 4.29)]),
        // CPU threads.
        ("babi", [(1, 1), (2, 1.62), (4, 2.027), (8, 2.75), (16, 2.48), (32, 2.48)]),
    ]

    public static let explanation =
        "linear, sqrt, none, amdahl:SHARE (the share that runs in parallel, 0 to 1), "
        + published.map(\.name).joined(separator: ", ")
        + ", pollux:APPLICATION, gavel:DEVICE/MODEL/BATCH, or slots and speeds such as 1=1/2=1.8/4=3.1"

    /// - Parameter folder: where pollux_scalability.csv and gavel_throughput.csv lie; nil: nowhere.
    public static func named(_ text: String, measuredIn folder: String? = nil) throws(ReplayError) -> NamedScaling {
        if let table = published.first(where: { $0.name == text }) {
            return NamedScaling(name: text, model: ThroughputModel(points: table.points.map(ScalingPoint.init)))
        }
        switch text {
        case "linear": return .linear
        case "sqrt": return NamedScaling(name: text, model: .squareRoot)
        case "none": return NamedScaling(name: text, model: .none)
        case "measured": return try named("imagenet")
        default: break
        }
        let (kind, rest) = text.firstIndex(of: ":").map { (text[..<$0], text[text.index(after: $0)...]) } ?? ("", "")
        switch kind {
        case "amdahl":
            if let share = Double(rest), (0...1).contains(share) {
                return NamedScaling(name: text, model: .amdahl(parallel: share))
            }
        case "pollux", "gavel":
            guard let folder else {
                throw ReplayError(
                    "scaling \(text): the folder of the measured tables is not known",
                    fix: "name it with --scaling-data, or set HYPERSCHED_CURVES")
            }
            let model =
                kind == "pollux"
                ? try MeasuredScaling.pollux(String(rest), folder: folder)
                : try MeasuredScaling.gavel(String(rest), folder: folder)
            return NamedScaling(name: text, model: model)
        default:
            if let points = points(text) { return NamedScaling(name: text, model: ThroughputModel(points: points)) }
        }
        throw ReplayError("there is no scaling '\(text)'", fix: "write one of \(explanation)")
    }

    /// `1=1/2=1.8/4=3.1`
    private static func points(_ text: String) -> [ScalingPoint]? {
        let pairs = text.split(separator: "/").map { $0.split(separator: "=") }
        let points = pairs.compactMap { pair -> ScalingPoint? in
            guard pair.count == 2, let slots = Int(pair[0]), slots > 0, let speed = Double(pair[1]), speed > 0 else {
                return nil
            }
            return ScalingPoint(slots: slots, speed: speed)
        }
        let ascends = zip(points, points.dropFirst()).allSatisfy { $0.slots < $1.slots }
        return points.isEmpty || points.count != pairs.count || !ascends ? nil : points
    }
}
