import HyperSchedProtocol

/// The search space.
struct SpaceReader {
    let top: Section
    let workload: WorkloadDescription?
    let method: SearchMethod?

    private static let largestCount = 1000

    func parameters() -> [Parameter]? {
        guard let node = top.value("parameters") else {
            top.error(
                "parameters", "missing: the search space", fix: "write 'parameters: {lr: {min: 0.001, max: 0.1}}'")
            return nil
        }
        guard let section = Section(node, path: "parameters", top.findings) else { return nil }
        guard !section.keys.isEmpty, section.keys.count <= Self.largestCount else {
            let count = section.keys.isEmpty ? "is empty" : "has more than \(Self.largestCount) parameters"
            top.error(
                "parameters", "the search space \(count)", fix: "write 'parameters: {lr: {min: 0.001, max: 0.1}}'")
            return nil
        }
        let read = section.keys.map { parameter($0, in: section) }
        let parameters = read.compactMap(\.self)
        guard parameters.count == section.keys.count else { return nil }
        warn(section, parameters)
        return parameters
    }

    private func parameter(_ name: String, in section: Section) -> Parameter? {
        guard isLegal(name, in: section) else { return nil }
        guard let body = section.section(name) else {
            if section.value(name) == nil {
                section.error(name, "has no value", fix: "write '\(name): {value: …}' or '\(name): {min: …, max: …}'")
            }
            return nil
        }
        guard let domain = ParameterReader(section: body).domain() else { return nil }
        if method == .grid, !domain.isCountable {
            body.error(
                "", "a grid over a continuous range has no end",
                fix: "list the points with 'values: […]', or write 'method: random'")
            return nil
        }
        if let known = workload?.parameter(named: name) { WorkloadCheck(section: body, known: known).check(domain) }
        return Parameter(name: name, domain: domain)
    }

    private func isLegal(_ name: String, in section: Section) -> Bool {
        guard !name.isEmpty, name.utf8.count <= 128, !name.unicodeScalars.contains(where: \.isControl),
            !name.contains("="), !name.contains(" ")
        else {
            section.error(
                name, "'\(name)' can not be the name of a parameter", fix: "use up to 128 letters, digits, _, - and .")
            return false
        }
        guard let workload, workload.parameter(named: name) == nil else { return true }
        let known = workload.parameters.map(\.name)
        let nearest = WordDistance.nearest(to: name, among: known)
        section.error(
            name,
            "unknown parameter of workload \(workload.name)"
                + (nearest.map { "; the nearest known one is '\($0)'" } ?? ""),
            fix: nearest.map { "write '\($0)'" } ?? "known parameters: " + known.joined(separator: ", "))
        return false
    }

    private func warn(_ section: Section, _ parameters: [Parameter]) {
        if parameters.allSatisfy({ $0.domain.isSingleValue }) {
            section.findings.warn("parameters", "every value is fixed, so that all trials have the same configuration")
        }
        var seen: [String: String] = [:]
        for name in parameters.map(\.name) {
            let variable = name.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? String($0) : "_" }
                .joined()
            if let other = seen[variable] {
                section.warn(
                    name, "'\(other)' and '\(name)' share the environment variable HYPERSCHED_PARAM_\(variable)")
            }
            seen[variable] = name
        }
    }
}

extension ParameterDomain {
    /// True when its values can be listed.
    var isCountable: Bool {
        switch self {
        case .constant, .categorical, .intUniform, .quantizedUniform, .quantizedLogUniform: true
        default: false
        }
    }

    var isSingleValue: Bool {
        switch self {
        case .constant: true
        case .categorical(let values, _): values.count == 1
        case .intUniform(let min, let max): min == max
        default: false
        }
    }
}
