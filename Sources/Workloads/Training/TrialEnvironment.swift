import Foundation
public import HyperSchedProtocol
public import Torch

/// What an agent tells a trial process through HYPERSCHED_* variables. All are absent when run by hand.
public struct TrialEnvironment {
    private let variables: [String: String]

    /// - Parameter variables: the variables of the process.
    public init(_ variables: [String: String]) { self.variables = variables }

    private func value(_ name: String) -> String? {
        variables["HYPERSCHED_" + name].flatMap { $0.isEmpty ? nil : $0 }
    }

    public var checkpointFolder: String? { value("CHECKPOINT_DIR") }
    public var resumeFrom: String? { value("RESUME_FROM") }
    /// ``resumeFrom`` was written by the trial's parent.
    public var isChild: Bool { value("PARENT_TRIAL") != nil }

    /// - Parameter option: given on the command line; it wins.
    public func seed(_ option: UInt64?) throws(WorkloadError) -> UInt64 {
        if let option { return option }
        return try number("SEED", UInt64.init, legal: UInt64.min...UInt64.max) ?? 0
    }

    /// The last epoch to run; 10 where nothing says otherwise.
    public func totalEpochs(_ option: Int?) throws(WorkloadError) -> Int {
        if let option = try checked(option, "--epochs") { return option }
        return try number("MAX_STEPS", { Int($0) }, legal: 1...1_000_000) ?? 10
    }

    /// Threads; one per slot.
    public func threads(_ option: Int?) throws(WorkloadError) -> Int {
        if let option = try checked(option, "--threads") { return option }
        return try number("SLOTS", { Int($0) }, legal: 1...1024) ?? 1
    }

    /// The CPU, or all CUDA devices that CUDA_VISIBLE_DEVICES names: one replica each.
    /// - Parameter option: `cpu`, `cuda` or `cuda:N`; it wins. Otherwise GPUs are used where the agent named some.
    public func devices(_ option: String?) throws(WorkloadError) -> [Device] {
        let named = (variables["CUDA_VISIBLE_DEVICES"] ?? "").split(separator: ",")
        let heldGPUs = !named.isEmpty && value("SLOTS") == String(named.count)
        let text = option ?? (heldGPUs ? "cuda" : "cpu")
        guard let first = Device(text) else {
            throw WorkloadError(.badParameters, "--device: expected cpu, cuda or cuda:N, found \(text)")
        }
        return try WorkloadError.lifting { () throws(TorchError) in
            try first.requirePresent()
            guard text == "cuda" else { return [first] }
            return try (0..<Device.cudaCount()).map { .cuda($0) }
        }
    }

    private func checked(_ option: Int?, _ name: String) throws(WorkloadError) -> Int? {
        guard let option, option < 1 else { return option }
        throw WorkloadError(.badParameters, "\(name): expected a whole number from 1, found \(option)")
    }

    private func number<Number: Comparable>(
        _ name: String, _ parse: (String) -> Number?, legal: ClosedRange<Number>
    ) throws(WorkloadError) -> Number? {
        guard let text = value(name) else { return nil }
        guard let number = parse(text), legal.contains(number) else {
            throw WorkloadError(
                .badParameters,
                "HYPERSCHED_\(name): expected a whole number from \(legal.lowerBound) to \(legal.upperBound), "
                    + "found \(text)")
        }
        return number
    }

    /// The parameters file, with settings of the form NAME=VALUE on top.
    public func configuration(
        overriddenBy settings: [String], of workload: WorkloadDescription
    ) throws(WorkloadError) -> Configuration {
        var pairs = try parametersFile().entries.map { (name: $0.name, value: $0.value) }
        for setting in settings {
            let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2 else {
                throw WorkloadError(.badParameters, "--set: expected NAME=VALUE, found \(setting)")
            }
            guard let parameter = workload.parameter(named: parts[0]) else {
                throw WorkloadError(.badParameters, workload.unknownParameter(parts[0]))
            }
            // Text of the wrong type stays text, so that the check of the whole configuration can name it.
            pairs.append((parts[0], parameter.parsed(parts[1]) ?? .string(parts[1])))
        }
        return Configuration(pairs)
    }

    private func parametersFile() throws(WorkloadError) -> Configuration {
        guard let path = value("PARAMS_FILE") else { return Configuration([]) }
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw WorkloadError(.badParameters, "\(path): cannot be read: \(error.localizedDescription)")
        }
        do {
            return try WireCoding.decode(Configuration.self, from: data)
        } catch {
            throw WorkloadError(.badParameters, "\(path): expected a JSON object of parameters: \(error)")
        }
    }
}
