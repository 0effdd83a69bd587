internal import HyperSchedProtocol

/// How a bracket of asynchronous successive halving decides.
struct HalvingRule: Equatable, Sendable {
    let kind: ASHAOptions.Kind
    /// η
    let reductionFactor: Int
    let cutoff: ASHAOptions.Cutoff
    let delay: Bool

    init(_ options: ASHAOptions) {
        (kind, reductionFactor) = (options.kind, options.reductionFactor)
        (cutoff, delay) = (options.cutoff, options.delay)
    }

    init(_ options: HyperbandOptions) {
        (kind, reductionFactor) = (options.kind, options.reductionFactor)
        (cutoff, delay) = (options.cutoff, false)
    }
}
