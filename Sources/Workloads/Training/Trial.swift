public import HyperSchedProtocol
public import Torch

/// What one training is asked to be.
public struct Trial: Sendable {
    public let parameters: Parameters
    public let seed: UInt64
    /// Schedules depend on it.
    public let totalEpochs: Int
    /// Where to train: one device, or several for replicas of one model. Slots of the CPU are threads of one device.
    public let devices: [Device]
    /// The checkpoint that it goes on from was made by its parent, with other hyperparameters (population based
    /// training).
    public let isChild: Bool
    /// A checkpoint will overwrite everything that training changes: what a run only starts from need not be read.
    /// Set by `TrainingRun`.
    public var isContinued = false

    /// - Throws: `.badParameters` naming everything that is wrong with the configuration.
    public init(
        _ configuration: Configuration, of workload: WorkloadDescription, seed: UInt64, totalEpochs: Int,
        devices: [Device] = [.cpu], isChild: Bool = false
    ) throws(WorkloadError) {
        parameters = try Parameters(configuration, of: workload)
        self.seed = seed
        self.totalEpochs = totalEpochs
        self.devices = devices
        self.isChild = isChild
    }

    public var device: Device { devices[0] }
}
