public import HyperSchedProtocol
public import Torch

/// One training, as a workload declares it; `TrainingRun` does the rest: the loop, sums, reports, checkpoints, stopping
/// at any optimiser step and going on from there with the same bytes. docs/WORKLOADS.md, "Adding a workload".
///
/// What a step does must be a function of (seed, epoch, step) and of what `tensors` and `notes` hold, nothing else: no
/// generator with a state, no clock.
public protocol Workload: AnyObject {
    /// Name, parameters and metrics. The first metric is the objective.
    static var description: WorkloadDescription { get }
    /// Parameters that say where files lie; they may differ when a run goes on on another machine.
    static var locations: Set<String> { get }

    /// Reads the data and makes the state of a fresh start.
    init(_ trial: Trial) throws(WorkloadError)

    /// Optimiser steps in an epoch, counted from 0; at least 1.
    func steps(inEpoch epoch: Int) -> Int
    /// Called before the first step of an epoch, and, with `isNew` false, where an interrupted epoch goes on.
    func beginEpoch(_ epoch: Int, isNew: Bool) throws(WorkloadError)
    /// One optimiser step. Where the loss is not finite it must leave the parameters as they are.
    func step(_ step: Int, epoch: Int) throws(TorchError) -> StepResult
    /// Measures after the last step of an epoch. Metrics are named in the description; those that do not exist yet are
    /// left out.
    func finishEpoch(_ summary: EpochSummary) throws(WorkloadError) -> [Metric]

    /// Everything that is trained or remembered as numbers. After a checkpoint was read, `restore(notes:)` comes first,
    /// and the values of these tensors are then overwritten in place.
    var tensors: [NamedTensor] { get }
    /// What a checkpoint must hold beside tensors, as text.
    var notes: [String: String] { get }
    func restore(notes: Checkpoint.Notes) throws(WorkloadError)
}

extension Workload {
    public static var locations: Set<String> { ["data_dir"] }
    public var notes: [String: String] { [:] }
    public func restore(notes: Checkpoint.Notes) throws(WorkloadError) {}
}

/// One measured value of a report.
public struct Metric: Equatable, Sendable {
    public let name: String
    public let value: Double

    public init(_ name: String, _ value: Double) {
        self.name = name
        self.value = value
    }
}

/// The losses of one optimiser step.
public struct StepResult: Sendable {
    /// What was minimised, as a mean over the samples. Not finite: the run has diverged.
    public let loss: Double
    /// Parts of it, likewise means; the same number in each step of a run.
    public let terms: [Double]
    public let samples: Int

    public init(loss: Double, terms: [Double] = [], samples: Int) {
        self.loss = loss
        self.terms = terms
        self.samples = samples
    }
}

/// What the steps of one epoch amount to.
public struct EpochSummary: Sendable {
    /// Counted from 0.
    public let epoch: Int
    /// Means over the samples of the epoch, also where it was interrupted.
    public let loss: Double
    public let terms: [Double]
    /// Samples of the whole epoch.
    public let samples: Int
    /// Training speed of this attempt.
    public let samplesPerSecond: Double
}
