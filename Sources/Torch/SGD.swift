import CTorch

/// Stochastic gradient descent with momentum and weight decay, with PyTorch's update: g = grad + decay p;
/// v = momentum v + g; p = p - rate v (Sutskever et al., ICML 2013, in the form of torch.optim.SGD).
public final class SGD {
    public let parameters: [NamedTensor]
    /// One momentum buffer per parameter, named `momentum.<parameter>`; zeros before the first step.
    public let velocities: [NamedTensor]
    public let momentum: Double
    public let weightDecay: Double

    private let parameterHandles: [ctorch_tensor?]
    private let velocityHandles: [ctorch_tensor?]

    public init(_ parameters: [NamedTensor], momentum: Double, weightDecay: Double) throws(TorchError) {
        self.parameters = parameters
        self.momentum = momentum
        self.weightDecay = weightDecay
        var made: [NamedTensor] = []
        for parameter in parameters {
            let zeros = try Tensor.zeros(parameter.tensor.shape(), type: parameter.tensor.type())
            made.append(NamedTensor(name: "momentum." + parameter.name, tensor: zeros))
        }
        velocities = made
        parameterHandles = parameters.map { $0.tensor.handle }
        velocityHandles = made.map { $0.tensor.handle }
    }

    /// One step with the gradients at hand, which are cleared.
    public func step(learningRate: Double) throws(TorchError) {
        let status = ctorch_sgd_step(
            parameterHandles, velocityHandles, parameterHandles.count, learningRate, momentum, weightDecay)
        try TorchRuntime.check(status)
    }
}
