import HyperSchedProtocol
import Logging
import Yams

extension DaemonSettings {
    private static let knownKeys = [
        "listen", "dataDir", "leaseSeconds", "lostMarginSeconds", "stopReserveSeconds", "preemptAfterSeconds",
        "turnSeconds", "hopelessTrials", "logLevel", "checkpointBytes", "checkpointReserveBytes", "logBytes",
        "authentication", "allowUnauthenticated", "allowPlaintext", "tlsCertificate", "tlsKey", "maxConnections",
    ]

    /// Takes over what the text of a configuration file says.
    /// - Parameter file: its name, for messages.
    public mutating func apply(yaml text: String, file: String) throws(StartError) {
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw StartError("\(file) is not YAML: \(error)")
        }
        // Nothing but comments is a legal file.
        guard let root, root != "" else { return }
        guard let mapping = root.mapping else { throw StartError("\(file): write one `key: value` per line") }
        for (key, value) in mapping {
            try apply(SettingEntry(file: file, key: key.string ?? "", value: value))
        }
    }

    private mutating func apply(_ entry: SettingEntry) throws(StartError) {
        switch entry.key {
        case "listen": listen = try entry.value("HOST:PORT, 127.0.0.1:8472 for example") { ListenAddress($0) }
        case "dataDir": dataDirectory = try entry.value("a path") { $0.isEmpty ? nil : $0 }
        case "leaseSeconds": leaseSeconds = try entry.number(in: 1...3600)
        case "lostMarginSeconds": lostMarginSeconds = try entry.number(in: 1...3600)
        case "stopReserveSeconds": stopReserveSeconds = try entry.number(in: 0...3600)
        case "preemptAfterSeconds": preemptAfterSeconds = try entry.number(in: 0...86_400)
        case "turnSeconds": turnSeconds = try entry.number(in: 1...604_800)
        case "hopelessTrials":
            hopelessTrials = try entry.value("a whole number from 1 to 1000") { text in
                Int(text).flatMap { (1...1000).contains($0) ? $0 : nil }
            }
        case "logLevel":
            let words = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            logLevel = try entry.value("one of \(words)") { Logger.Level(rawValue: $0) }
        case "checkpointBytes": checkpointBytes = Int64(try entry.number(in: 1...1e15))
        case "checkpointReserveBytes": checkpointReserveBytes = Int64(try entry.number(in: 0...1e15))
        case "logBytes": logBytes = Int64(try entry.number(in: 0...1e12))
        case "allowUnauthenticated": allowUnauthenticated = try entry.value("true or false") { Bool($0) }
        case "authentication":
            authentication = try entry.value("required or off") { Authentication(rawValue: $0) }
        case "allowPlaintext": allowPlaintext = try entry.value("true or false") { Bool($0) }
        case "tlsCertificate": tlsCertificate = try entry.value("the path of a PEM file") { $0.isEmpty ? nil : $0 }
        case "tlsKey": tlsKey = try entry.value("the path of a PEM file") { $0.isEmpty ? nil : $0 }
        case "maxConnections": maxConnections = Int(try entry.number(in: 8...1_000_000))
        default: throw entry.unknownKey(known: Self.knownKeys)
        }
    }
}

/// One line of the configuration file.
private struct SettingEntry {
    let file: String
    let key: String
    let value: Node

    func value<Value>(_ expected: String, _ read: (String) -> Value?) throws(StartError) -> Value {
        guard let text = value.string, let value = read(text) else {
            throw StartError("\(place): \(key): expected \(expected), found '\(value.string ?? "a list or a mapping")'")
        }
        return value
    }

    func number(in range: ClosedRange<Double>) throws(StartError) -> Double {
        let bounds = "a number from \(Int64(range.lowerBound)) to \(Int64(range.upperBound))"
        return try value(bounds) { text in Double(text).flatMap { range.contains($0) ? $0 : nil } }
    }

    func unknownKey(known: [String]) -> StartError {
        let nearest = WorkloadDescription.nearest(to: key, among: known)
        let hint = nearest.map { "; did you mean '\($0)'?" } ?? ""
        return StartError("\(place): unknown key '\(key)'\(hint) Known keys: \(known.joined(separator: ", "))")
    }

    private var place: String { value.mark.map { "\(file):\($0.line)" } ?? file }
}
