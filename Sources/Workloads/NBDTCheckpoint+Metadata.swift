import HyperSchedProtocol

extension NBDTCheckpoint {
    /// The text metadata of a checkpoint file, checked.
    struct Metadata {
        let path: String
        let values: [String: String]

        func wrong(_ key: String, expected: String) -> WorkloadError {
            WorkloadError(.badData, "\(path): \(key): expected \(expected), found \(values[key] ?? "none")")
        }

        func checkFormat() throws(WorkloadError) {
            guard let version = values["format_version"].flatMap({ Int($0) }),
                (1...NBDTCheckpoint.formatVersion).contains(version)
            else { throw wrong("format_version", expected: "at most \(NBDTCheckpoint.formatVersion)") }
            guard values["workload"] == WorkloadDescription.nbdt.name else {
                throw wrong("workload", expected: WorkloadDescription.nbdt.name)
            }
        }

        func number<Number>(_ key: String, _ parse: (String) -> Number?) throws(WorkloadError) -> Number {
            guard let value = values[key].flatMap(parse) else { throw wrong(key, expected: "a whole number") }
            return value
        }

        func configuration() throws(WorkloadError) -> NBDTConfiguration {
            let key = "configuration"
            guard let text = values[key], let values = try? WireCoding.decode(Configuration.self, from: text) else {
                throw wrong(key, expected: "a JSON object")
            }
            do {
                return try NBDTConfiguration(values)
            } catch { throw WorkloadError(.badData, "\(path): \(key): \(error.message)") }
        }

        /// Nil where the run had not built its tree yet.
        func tree(classes: Int) throws(WorkloadError) -> ClassTree? {
            guard let text = values["tree"] else { return nil }
            guard let tree = ClassTree(text: text, classes: classes) else {
                throw wrong("tree", expected: "a tree over \(classes) classes")
            }
            return tree
        }
    }
}
