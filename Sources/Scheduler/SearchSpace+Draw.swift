internal import HyperSchedProtocol

extension SearchSpace {
    /// A random configuration: each parameter from its own stream, so that a value does not depend on which others
    /// exist.
    func draw(_ random: CounterRandom) -> Configuration {
        configuration { place in dimensions[place].domain.draw(random.stream(dimensions[place].name)) }
    }

    /// The configuration with these values, without those that do not exist beside the others.
    func configuration(_ value: (Int) -> ParameterValue) -> Configuration {
        var values: [ParameterValue?] = dimensions.map { _ in nil }
        for place in dimensions.indices where isActive(place, beside: values) { values[place] = value(place) }
        return configuration(values)
    }

    /// The value of each parameter, nil where it does not exist. Names that the space does not have are left out.
    func values(of configuration: Configuration) -> [ParameterValue?] { dimensions.map { configuration[$0.name] } }

    /// How likely a point is, for spaces with a few points. Parameters that exist in some configurations only make
    /// points unequal as well: one of two optimisers may have a hundred times as many settings as the other.
    var pointWeights: [Double] {
        let columns = dimensions.map { dimension in
            dimension.domain.weights
                ?? Array(
                    repeating: 1 / Double(dimension.domain.valueCount ?? 1), count: dimension.domain.valueCount ?? 1)
        }
        return (0..<size!).map { index in ranks(at: index).reduce(1) { $0 * columns[$1.place][$1.rank] } }
    }

    /// All points are equally likely.
    var isEven: Bool { !isConditional && !dimensions.contains { $0.domain.hasUnequalWeights } }

    /// A parameter that always exists can have endlessly many values: no two draws are ever the same.
    var alwaysVaries: Bool {
        dimensions.contains { $0.conditions.isEmpty && $0.domain.valueCount == nil && $0.domain.grid == nil }
    }
}
