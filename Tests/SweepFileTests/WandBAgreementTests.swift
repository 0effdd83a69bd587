import Foundation
import HyperSchedProtocol
import SweepFile
import Testing

@testable import Scheduler

/// Random files of W&B's published schema against what W&B's own packages make of them (scripts/agreement-wandb; a
/// recorded part of them is compared always).
@Suite struct WandBAgreementTests {
    struct Reference: Decodable {
        struct File: Decodable {
            struct Parameter: Decodable {
                let name: String
                let quantiles: [Double]?
                /// As Python's `str` shows them.
                let values: [String]?
            }

            let text: String
            let metric: String
            let maximize: Bool
            let cap: Int?
            let command: [String]?
            let parameters: [Parameter]
        }

        let quantiles: [Double]
        let forms: [String]
        let files: [File]

        static func load() throws -> Reference {
            let recorded = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "WandB/recorded.json")
            let named = ProcessInfo.processInfo.environment["HYPERSCHED_WANDB"].map { URL(filePath: $0) }
            return try JSONDecoder().decode(Reference.self, from: Data(contentsOf: named ?? recorded))
        }
    }

    /// What the command line says where a file of W&B does not.
    private static let options = "\n---\nhypersched: {in: 6h, steps: {max: 300}}\n"

    @Test func filesAreReadAsWandBReadsThem() throws {
        let reference = try Reference.load()
        #expect(reference.forms.count == 19)
        var compared = 0
        for file in reference.files {
            let spec = try good(file.text + Self.options).spec
            #expect(spec.metric.name == file.metric && (spec.metric.goal == .maximize) == file.maximize)
            if let cap = file.cap { #expect(spec.limits.trials == cap) }
            if let command = file.command {
                let words = command.map { $0.replacingOccurrences(of: "${program}", with: "train.py") }
                #expect(spec.program == .command(words), "\(file.text)")
            }
            let names = Set(file.parameters.map(\.name))
            #expect(Set(spec.parameters.map(\.name)) == names, "\(file.text)")
            for parameter in file.parameters {
                guard let ours = spec.parameters.first(where: { $0.name == parameter.name }) else { continue }
                compared += 1
                if let values = parameter.values { #expect(Self.shown(ours.domain) == values, "\(file.text)") }
                for (u, expected) in zip(reference.quantiles, parameter.quantiles ?? []) {
                    Self.compare(ours.domain, u, expected, file.text)
                }
            }
        }
        #expect(compared > 50)
    }

    private static func shown(_ domain: ParameterDomain) -> [String] {
        switch domain {
        case .constant(let value): [value.pythonText]
        case .categorical(let values, _): values.map(\.pythonText)
        default: []
        }
    }

    private static func compare(_ domain: ParameterDomain, _ u: Double, _ expected: Double, _ text: String) {
        // W&B's rounding may leave the bounds; ours takes the nearest multiple inside.
        if let bounds = domain.grid?.bounds {
            let inside = bounds.lowerBound - 1e-9...bounds.upperBound + 1e-9
            guard inside.contains(expected) else { return }
        }
        let found = domain.quantile(u).number ?? .nan
        let isNear = abs(found - expected) <= 1e-6 * max(1e-6, abs(expected))
        #expect(isNear, "\(domain) at \(u): \(found), W&B has \(expected)\n\(text)")
    }
}
