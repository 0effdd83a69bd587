import Glibc

/// The learning rate over a run, as a function of the time in epochs (fractions count optimiser steps).
public struct RateSchedule: Equatable, Sendable {
    public enum Shape: Equatable, Sendable {
        case constant
        /// Times `factor` at each milestone, in epochs.
        case steps(factor: Double, milestones: [Int])
        /// From the initial rate to `floor` times it along half a cosine (Loshchilov, Hutter, arXiv:1608.03983,
        /// equation 5, one cycle).
        case cosine(floor: Double)
        /// In a straight line to `floor` times the initial rate.
        case linear(floor: Double)
    }

    public let initial: Double
    public let shape: Shape
    /// In epochs; the rate rises in a straight line from 0 to where the shape starts, which then takes the rest.
    public let warmUp: Double
    public let total: Double

    public init(initial: Double, shape: Shape, warmUp: Double = 0, total: Double) {
        self.initial = initial
        self.shape = shape
        self.warmUp = warmUp
        self.total = total
    }

    /// The rate at a time in epochs from the start. While warming up the time is that of the end of the step, so that
    /// the first step has a rate above 0: pass (step + 1) / steps per epoch.
    public func rate(at epoch: Double) -> Double {
        if epoch < warmUp { return initial * epoch / warmUp }
        switch shape {
        case .constant: return initial
        case .steps(let factor, let milestones):
            return milestones.reduce(initial) { rate, milestone in epoch >= Double(milestone) ? rate * factor : rate }
        case .cosine(let floor):
            return initial * (floor + (1 - floor) * (1 + cos(Double.pi * progress(epoch))) / 2)
        case .linear(let floor):
            return initial * (1 - (1 - floor) * progress(epoch))
        }
    }

    private func progress(_ epoch: Double) -> Double {
        total > warmUp ? min(1, (epoch - warmUp) / (total - warmUp)) : 1
    }
}
