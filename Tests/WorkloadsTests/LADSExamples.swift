import HyperSchedProtocol
import Torch

@testable import Workloads

typealias LADSSetting = (name: String, value: ParameterValue)

extension LADSConfiguration {
    /// Of a file that need not exist.
    static func example(_ settings: [LADSSetting]) throws -> LADSConfiguration {
        let all = Configuration([("embeddings", .string("given.safetensors"))] + settings)
        return try LADSConfiguration(Parameters(all, of: .lads))
    }
}

extension LADSWorkload {
    static func trial(
        _ settings: [LADSSetting], seed: UInt64 = 3, epochs: Int = 5, devices: [Device] = [.cpu]
    ) throws -> Trial {
        try Trial(
            Configuration([("embeddings", .string("given.safetensors"))] + settings), of: .lads, seed: seed,
            totalEpochs: epochs, devices: devices)
    }

    static func example(
        _ data: EmbeddingData, _ settings: [LADSSetting], seed: UInt64 = 3, devices: [Device] = [.cpu]
    ) throws -> LADSWorkload {
        let trial = try trial(settings, seed: seed, devices: devices)
        return try LADSWorkload(trial, data: LADSConfiguration(trial.parameters).prepared(data))
    }
}
