import HyperSchedProtocol

extension TrialState {
    var style: StyledLine.Style {
        switch self {
        case .running: .plain
        case .completed: .good
        case .failed, .diverged, .noMetric: .bad
        case .waiting, .paused, .pruned, .cancelled: .faint
        }
    }
}
