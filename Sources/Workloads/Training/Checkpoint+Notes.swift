import HyperSchedProtocol

extension Checkpoint {
    /// The text metadata of a checkpoint file, checked on reading.
    public struct Notes {
        let path: String
        let values: [String: String]

        public subscript(key: String) -> String? { values[key] }

        /// The error for a note that is missing or illegal.
        public func wrong(_ key: String, expected: String) -> WorkloadError {
            WorkloadError(.badData, "\(path): \(key): expected \(expected), found \(values[key] ?? "none")")
        }

        public func number<Number>(_ key: String, _ parse: (String) -> Number?) throws(WorkloadError) -> Number {
            guard let value = values[key].flatMap(parse) else { throw wrong(key, expected: "a whole number") }
            return value
        }

        func checkFormat(of workload: WorkloadDescription) throws(WorkloadError) {
            guard let version = values["format_version"].flatMap({ Int($0) }),
                (1...Checkpoint.formatVersion).contains(version)
            else { throw wrong("format_version", expected: "at most \(Checkpoint.formatVersion)") }
            guard values["workload"] == workload.name else { throw wrong("workload", expected: workload.name) }
        }

        func parameters(of workload: WorkloadDescription) throws(WorkloadError) -> Parameters {
            let key = "configuration"
            guard let text = values[key], let values = try? WireCoding.decode(Configuration.self, from: text) else {
                throw wrong(key, expected: "a JSON object")
            }
            do {
                return try Parameters(values, of: workload)
            } catch { throw WorkloadError(.badData, "\(path): \(key): \(error.message)") }
        }
    }
}
