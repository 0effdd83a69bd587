/// Which timesteps and layers of the stored features a training uses.
struct FeatureSelection: Equatable, Sendable {
    /// `all`, `one` (the least noisy), `every N`, or timesteps such as `-1,300`.
    let timesteps: String
    /// `all`, `drop N` (without the first N, the smallest maps), or numbers from 0 such as `2,3`.
    let layers: String

    /// Numbers of the chosen timesteps and layers, in the order of the files.
    func chosen(from layout: FeatureLayout) throws(WorkloadError) -> (timesteps: [Int], layers: [Int]) {
        (try timestepNumbers(layout), try layerNumbers(layout))
    }

    private func timestepNumbers(_ layout: FeatureLayout) throws(WorkloadError) -> [Int] {
        let all = Array(layout.timesteps.indices)
        switch timesteps {
        case "all": return all
        case "one": return [0]
        default:
            if let stride = Self.number(after: "every ", in: timesteps), stride > 0 {
                return all.filter { $0 % stride == 0 }
            }
            return try Self.places(of: timesteps, among: layout.timesteps, name: "timesteps", rule: "all, one, every N")
        }
    }

    private func layerNumbers(_ layout: FeatureLayout) throws(WorkloadError) -> [Int] {
        let all = Array(layout.layers.indices)
        if layers == "all" { return all }
        if let dropped = Self.number(after: "drop ", in: layers) {
            guard dropped < all.count else {
                throw WorkloadError(
                    .badParameters, "layers: expected to drop fewer than the \(all.count) layers, found \(layers)")
            }
            return Array(all.dropFirst(dropped))
        }
        return try Self.places(of: layers, among: all, name: "layers", rule: "all, drop N")
    }

    private static func number(after word: String, in text: String) -> Int? {
        guard text.hasPrefix(word), let number = Int(text.dropFirst(word.count)), number >= 0 else { return nil }
        return number
    }

    /// The places of a comma-separated list of values, in ascending order.
    private static func places(
        of text: String, among values: [Int], name: String, rule: String
    ) throws(WorkloadError) -> [Int] {
        let wanted = text.split(separator: ",", omittingEmptySubsequences: false)
            .map { Int($0.drop { $0 == " " }) }
        let found = wanted.compactMap { value in value.flatMap { values.firstIndex(of: $0) } }
        guard !found.isEmpty, found.count == wanted.count, Set(found).count == found.count else {
            throw WorkloadError(
                .badParameters,
                "\(name): expected \(rule), or a list of \(values.map(String.init).joined(separator: ",")), "
                    + "found \(text)"
            )
        }
        return found.sorted()
    }
}
