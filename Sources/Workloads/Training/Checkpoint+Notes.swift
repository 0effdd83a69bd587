import Foundation
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

        /// - Parameter count: how many texts there must be; nil for at least one.
        func texts(_ key: String, count: Int? = nil) throws(WorkloadError) -> [String] {
            let parsed = values[key].flatMap { try? JSONDecoder().decode([String].self, from: Data($0.utf8)) }
            guard let parsed, count.map({ parsed.count == $0 }) ?? !parsed.isEmpty else {
                throw wrong(key, expected: "a JSON list of " + (count.map { "\($0) texts" } ?? "texts"))
            }
            return parsed
        }

        func numbers<Number: LosslessStringConvertible>(
            _ key: String, count: Int
        ) throws(WorkloadError) -> [Number] {
            let parsed = (values[key] ?? "").split(separator: ",").compactMap { Number(String($0)) }
            guard parsed.count == count else { throw wrong(key, expected: "\(count) numbers") }
            return parsed
        }

        /// As `numbers` reads it.
        static func text(numbers values: [some CustomStringConvertible]) -> String {
            values.map(\.description).joined(separator: ",")
        }

        /// As `texts` reads it.
        static func text(_ texts: [String]) -> String {
            "[" + texts.map(JSONText.quote).joined(separator: ",") + "]"
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
