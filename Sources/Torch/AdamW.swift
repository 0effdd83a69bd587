import CTorch

/// Adam with decoupled weight decay (Loshchilov, Hutter, arXiv:1711.05101, algorithm 2).
public final class AdamW: Optimiser {
    public enum Form: String, CaseIterable, Sendable {
        /// torch.optim.AdamW: p = p - rate decay p, then p = p - rate m' / (sqrt(v') + epsilon).
        case torch
        /// transformers.AdamW: p = p - rate sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + epsilon), then
        /// p = p - rate decay p.
        case transformers

        /// The epsilon that each library uses where nothing else is said.
        public var epsilon: Double { self == .torch ? 1e-8 : 1e-6 }
    }

    public let parameters: [NamedTensor]
    public let form: Form
    public let weightDecay: Double
    private let betas: (Double, Double)
    private let epsilon: Double
    private let means: [NamedTensor]
    private let squares: [NamedTensor]
    /// `[1]` int64; a tensor so that a checkpoint restores it like the rest.
    private let count: NamedTensor

    private let handles: [ctorch_tensor?]
    private let meanHandles: [ctorch_tensor?]
    private let squareHandles: [ctorch_tensor?]

    /// - Parameters:
    ///   - name: prefix of the state's names, for runs with several optimisers.
    ///   - epsilon: nil for the form's own.
    public init(
        _ parameters: [NamedTensor], weightDecay: Double, form: Form = .torch, betas: (Double, Double) = (0.9, 0.999),
        epsilon: Double? = nil, name: String = "adam"
    ) throws(TorchError) {
        self.parameters = parameters
        self.weightDecay = weightDecay
        self.form = form
        self.betas = betas
        self.epsilon = epsilon ?? form.epsilon
        means = try NamedTensor.zeros(like: parameters, prefix: name + "_mean.")
        squares = try NamedTensor.zeros(like: parameters, prefix: name + "_square.")
        count = NamedTensor(name: name + "_steps", tensor: try Tensor.of([0] as [Int64]))
        handles = parameters.map { $0.tensor.handle }
        meanHandles = means.map { $0.tensor.handle }
        squareHandles = squares.map { $0.tensor.handle }
    }

    public var state: [NamedTensor] { means + squares + [count] }

    /// Steps done so far.
    public func steps() throws(TorchError) -> Int { Int(try count.tensor.item()) }

    public func step(learningRate: Double) throws(TorchError) {
        let number = Int64(try count.tensor.item()) + 1
        let settings = ctorch_adamw(
            rate: learningRate, beta1: betas.0, beta2: betas.1, epsilon: epsilon, decay: weightDecay,
            decay_last: form == .transformers, step: number)
        try TorchRuntime.check(ctorch_adamw_step(handles, meanHandles, squareHandles, handles.count, settings))
        try count.tensor.copy(from: Tensor.of([number]))
    }

    /// Forgets everything, for another training of the same parameters.
    public func reset() throws(TorchError) {
        for named in state {
            try named.tensor.copy(from: Tensor.zeros(named.tensor.shape(), type: named.tensor.type()))
        }
    }
}
