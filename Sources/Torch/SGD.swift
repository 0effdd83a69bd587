import CTorch

/// Stochastic gradient descent with momentum and weight decay, with PyTorch's update: g = grad + decay p;
/// v = momentum v + g; p = p - rate v (Sutskever et al., ICML 2013, in the form of torch.optim.SGD).
public final class SGD: Optimiser {
    public let parameters: [NamedTensor]
    /// One momentum buffer per parameter, named `momentum.<parameter>`; zeros before the first step.
    public let velocities: [NamedTensor]
    public let momentum: Double
    public let weightDecay: Double
    /// The gradient is taken ahead of the step: p = p - rate (g + momentum v).
    public let nesterov: Bool

    private let parameterHandles: [ctorch_tensor?]
    private let velocityHandles: [ctorch_tensor?]

    public init(
        _ parameters: [NamedTensor], momentum: Double, weightDecay: Double, nesterov: Bool = false
    ) throws(TorchError) {
        self.parameters = parameters
        self.momentum = momentum
        self.weightDecay = weightDecay
        self.nesterov = nesterov
        velocities = try NamedTensor.zeros(like: parameters, prefix: "momentum.")
        parameterHandles = parameters.map { $0.tensor.handle }
        velocityHandles = velocities.map { $0.tensor.handle }
    }

    public var state: [NamedTensor] { velocities }

    public func step(learningRate: Double) throws(TorchError) {
        let status = ctorch_sgd_step(
            parameterHandles, velocityHandles, parameterHandles.count, learningRate, momentum, weightDecay, nesterov)
        try TorchRuntime.check(status)
    }
}
