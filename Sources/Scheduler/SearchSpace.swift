public import HyperSchedProtocol

/// The parameters of a sweep, made ready for drawing: parents before the parameters that depend on them.
///
/// - `+Points`: finite spaces, point by point.
/// - `+Draw`: random configurations.
/// - `+Check`: configurations from outside.
public struct SearchSpace: Equatable, Sendable {
    /// One parameter and what must hold for it to exist.
    struct Dimension: Equatable, Sendable {
        struct Condition: Equatable, Sendable {
            /// Place of the other parameter in ``SearchSpace/dimensions``; it is before this one.
            let parent: Int
            let values: [ParameterValue]
        }

        let name: String
        let groups: [String]
        let domain: ParameterDomain
        let conditions: [Condition]
        /// Others depend on it.
        let isParent: Bool
    }

    /// In the declared order, but each after those that it depends on.
    let dimensions: [Dimension]
    /// Parameters that have to do with each other by conditions, in order; most have one member.
    let clusters: [Cluster]
    /// Number of configurations; nil: no end, or too many to count.
    public let size: Int?

    /// - Parameters:
    ///   - parameters: with conditions that refer to parameters among them, without a cycle: see
    ///     ``problems(in:)``. What depends on anything else never exists.
    ///   - skipsImpossible: values with probability 0 are left out.
    public init(_ parameters: [Parameter], skipsImpossible: Bool = true) {
        let order = Self.order(parameters)
        let places = Dictionary(order.enumerated().map { (parameters[$1].name, $0) }) { first, _ in first }
        let parents = Set(parameters.flatMap { $0.conditions.map(\.parent) })
        dimensions = order.map { index in
            let parameter = parameters[index]
            let conditions = parameter.conditions.compactMap { condition in
                places[condition.parent].map { Dimension.Condition(parent: $0, values: condition.values) }
            }
            return Dimension(
                name: parameter.name, groups: parameter.groups,
                domain: parameter.domain.distinct(skipsImpossible: skipsImpossible), conditions: conditions,
                isParent: parents.contains(parameter.name))
        }
        clusters = Self.clusters(dimensions)
        size = clusters.reduce(1) { size, cluster in
            guard let size, let count = cluster.size else { return nil }
            let (product, overflow) = size.multipliedReportingOverflow(by: count)
            return overflow ? nil : product
        }
    }

    /// Whether the parameter exists beside the values of those before it.
    func isActive(_ place: Int, beside values: [ParameterValue?]) -> Bool {
        dimensions[place].conditions.allSatisfy { condition in
            guard let value = values[condition.parent] else { return false }
            return condition.values.contains { $0.isSame(as: value) }
        }
    }

    var isConditional: Bool { dimensions.contains { !$0.conditions.isEmpty } }

    func configuration(_ values: [ParameterValue?]) -> Configuration {
        Configuration(
            entries: zip(dimensions, values).compactMap { dimension, value in
                value.map { Configuration.Entry(name: dimension.name, groups: dimension.groups, value: $0) }
            })
    }

    /// Places in the declared order, each after those that it depends on; members of cycles come last.
    private static func order(_ parameters: [Parameter]) -> [Int] {
        let places = Dictionary(parameters.enumerated().map { ($1.name, $0) }) { first, _ in first }
        var children = parameters.map { _ in [Int]() }
        var open = parameters.map { _ in 0 }
        for (index, parameter) in parameters.enumerated() {
            for condition in parameter.conditions {
                guard let parent = places[condition.parent] else { continue }
                children[parent].append(index)
                open[index] += 1
            }
        }
        var ready = SortedList(parameters.indices.filter { open[$0] == 0 })
        var order: [Int] = []
        while let next = ready.first {
            ready.remove(next)
            order.append(next)
            for child in children[next] {
                open[child] -= 1
                if open[child] == 0 { ready.insert(child) }
            }
        }
        let done = Set(order)
        return order + parameters.indices.filter { !done.contains($0) }
    }
}

extension ParameterDomain {
    /// The domain without values that are there twice and, if wanted, without those that are never drawn.
    func distinct(skipsImpossible: Bool) -> ParameterDomain {
        guard case .categorical(let values, let probabilities) = self else { return self }
        var kept: [ParameterValue] = []
        var weights: [Double] = []
        for (index, value) in values.enumerated() {
            let weight = probabilities?[index] ?? 1
            if let place = kept.firstIndex(where: { $0.isSame(as: value) }) {
                weights[place] += weight
            } else if weight > 0 || !skipsImpossible {
                kept.append(value)
                weights.append(weight)
            }
        }
        if kept.count == values.count { return self }
        let isEven = probabilities == nil && weights.allSatisfy { $0 == 1 }
        return .categorical(values: kept, probabilities: isEven ? nil : weights)
    }
}
