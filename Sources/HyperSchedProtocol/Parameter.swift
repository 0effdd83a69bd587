/// One hyperparameter of a search space.
public struct Parameter: Hashable, Sendable {
    /// The whole name: `optimizer.lr` for `lr` inside of `optimizer`.
    public let name: String
    public let domain: ParameterDomain
    /// Names of the nested dictionaries that it lies in, outermost first.
    public let groups: [String]
    /// It exists only where all of them hold; otherwise a configuration does not have it.
    public let conditions: [ParameterCondition]

    public init(
        name: String, domain: ParameterDomain, groups: [String] = [], conditions: [ParameterCondition] = []
    ) {
        self.name = name
        self.domain = domain
        self.groups = groups
        self.conditions = conditions
    }
}

/// Another parameter exists and has one of these values.
public struct ParameterCondition: Hashable, Sendable, Codable {
    /// The whole name of the other one.
    public let parent: String
    public let values: [ParameterValue]

    public init(parent: String, values: [ParameterValue]) {
        self.parent = parent
        self.values = values
    }
}

extension Parameter: Codable {
    private enum CodingKeys: String, CodingKey { case name, domain, groups, conditions }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        name = try values.decode(String.self, forKey: .name)
        domain = try values.decode(ParameterDomain.self, forKey: .domain)
        groups = try values.decodeIfPresent([String].self, forKey: .groups) ?? []
        conditions = try values.decodeIfPresent([ParameterCondition].self, forKey: .conditions) ?? []
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(domain, forKey: .domain)
        if !groups.isEmpty { try container.encode(groups, forKey: .groups) }
        if !conditions.isEmpty { try container.encode(conditions, forKey: .conditions) }
    }
}
