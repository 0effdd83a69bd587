import Foundation
import HyperSchedProtocol

/// A function to be minimised, with its smallest value. The same functions are in Benchmarks/samplers.py.
struct TestProblem: Sendable {
    let name: String
    let parameters: [Parameter]
    let optimum: Double
    let value: @Sendable (HyperSchedProtocol.Configuration) -> Double

    static let all = [branin, hartmann6, rosenbrock, pipeline]

    private static func cube(_ count: Int, _ min: Double, _ max: Double) -> [Parameter] {
        (0..<count).map { Parameter(name: "x\($0)", domain: .uniform(min: min, max: max)) }
    }

    private static func point(_ configuration: HyperSchedProtocol.Configuration, _ count: Int) -> [Double] {
        (0..<count).map { configuration["x\($0)"]!.number! }
    }

    /// Dixon, Szegö 1978; three equal optima.
    static let branin = TestProblem(
        name: "branin",
        parameters: [
            Parameter(name: "x0", domain: .uniform(min: -5, max: 10)),
            Parameter(name: "x1", domain: .uniform(min: 0, max: 15)),
        ], optimum: 0.39788735772973816
    ) { configuration in
        let x = point(configuration, 2)
        let a = x[1] - 5.1 / (4 * .pi * .pi) * x[0] * x[0] + 5 / .pi * x[0] - 6
        return a * a + 10 * (1 - 1 / (8 * .pi)) * cos(x[0]) + 10
    }

    /// Dixon, Szegö 1978; six dimensions, six local optima.
    static let hartmann6 = TestProblem(name: "hartmann6", parameters: cube(6, 0, 1), optimum: -3.32236801141551) {
        let x = point($0, 6)
        let alpha = [1.0, 1.2, 3.0, 3.2]
        let a: [[Double]] = [
            [10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14],
        ]
        let p: [[Double]] = [
            [1312, 1696, 5569, 124, 8283, 5886], [2329, 4135, 8307, 3736, 1004, 9991],
            [2348, 1451, 3522, 2883, 3047, 6650], [4047, 8828, 8732, 5743, 1091, 381],
        ]
        return -(0..<4).reduce(0.0) { sum, i in
            let distance = (0..<6).reduce(0.0) { $0 + a[i][$1] * pow(x[$1] - p[i][$1] * 1e-4, 2) }
            return sum + alpha[i] * exp(-distance)
        }
    }

    /// Rosenbrock 1960, in four dimensions, its logarithm: a bent valley.
    static let rosenbrock = TestProblem(name: "rosenbrock", parameters: cube(4, -2, 2), optimum: 0) {
        let x = point($0, 4)
        let sum = (0..<3).reduce(0.0) { sum, i in
            let (a, b) = (x[i + 1] - x[i] * x[i], 1 - x[i])
            return sum + 100 * a * a + b * b
        }
        return log(1 + sum)
    }

    /// The choice of a model and of the settings that it alone has: conditional, with whole numbers, choices and
    /// ranges over orders of magnitude.
    static let pipeline = TestProblem(name: "pipeline", parameters: pipelineParameters, optimum: 0.05) { c in
        func log10(_ name: String) -> Double { Foundation.log10(c[name]!.number!) }
        func number(_ name: String) -> Double { c[name]!.number! }
        let scale = ["none": 0.05, "standard": 0, "minmax": 0.02][c["scale"]!.text]!
        switch c["model"]!.text {
        case "svm": return scale + 0.1 + 0.02 * (pow(log10("c") - 1, 2) + pow(log10("gamma") + 2, 2))
        case "forest":
            return scale + 0.12 + 0.5 * pow((number("trees") - 300) / 500, 2) + pow((number("depth") - 12) / 32, 2)
        default:
            let activation = ["relu": 0, "tanh": 0.02, "sigmoid": 0.06][c["activation"]!.text]!
            return scale + 0.05 + activation + 0.03 * pow(log10("lr") + 2.5, 2) + 0.01 * pow(number("layers") - 3, 2)
                + 0.3 * pow(number("dropout") - 0.2, 2)
        }
    }

    private static var pipelineParameters: [Parameter] {
        func words(_ name: String, _ words: String...) -> Parameter {
            Parameter(name: name, domain: .categorical(values: words.map { .string($0) }, probabilities: nil))
        }
        func only(_ model: String, _ name: String, _ domain: ParameterDomain) -> Parameter {
            Parameter(
                name: name, domain: domain,
                conditions: [ParameterCondition(parent: "model", values: [.string(model)])])
        }
        return [
            words("model", "svm", "mlp", "forest"), words("scale", "none", "standard", "minmax"),
            only("svm", "c", .logUniform(min: 1e-3, max: 1e3)), only("svm", "gamma", .logUniform(min: 1e-4, max: 10)),
            only("mlp", "lr", .logUniform(min: 1e-5, max: 1)), only("mlp", "layers", .intUniform(min: 1, max: 5)),
            only("mlp", "dropout", .uniform(min: 0, max: 0.6)),
            only(
                "mlp", "activation",
                .categorical(values: [.string("relu"), .string("tanh"), .string("sigmoid")], probabilities: nil)),
            only("forest", "trees", .quantizedUniform(min: 10, max: 500, q: 10)),
            only("forest", "depth", .intUniform(min: 1, max: 32)),
        ]
    }
}
