import CTorch

extension Tensor {
    /// The gradients of this tensor with respect to `inputs`.
    /// - Parameters:
    ///   - weights: of this tensor's shape; the gradient is that of the sum of self times the weights. May be left out
    ///     where self has one element.
    ///   - differentiable: records the computation of the gradients, so that a loss may be made of them. Implies
    ///     `keepingGraph`.
    ///   - keepingGraph: allows another pass over the same record.
    /// - Returns: one per input; nil for an input that self does not depend on.
    public func gradients(
        of inputs: [Tensor], weights: Tensor? = nil, differentiable: Bool = false, keepingGraph: Bool = false
    ) throws(TorchError) -> [Tensor?] {
        let handles: [ctorch_tensor?] = inputs.map { $0.handle }
        var found = [ctorch_tensor?](repeating: nil, count: inputs.count)
        let (outputs, seeds): ([ctorch_tensor?], [ctorch_tensor?]) = ([handle], [weights?.handle])
        let status = ctorch_gradients(
            outputs, seeds, 1, handles, handles.count, keepingGraph, differentiable, &found)
        try TorchRuntime.check(status)
        return found.map { handle in handle.map { Tensor(owning: $0) } }
    }

    /// The gradient with respect to one input, which self must depend on.
    public func gradient(
        of input: Tensor, weights: Tensor? = nil, differentiable: Bool = false, keepingGraph: Bool = false
    ) throws(TorchError) -> Tensor {
        let found = try gradients(
            of: [input], weights: weights, differentiable: differentiable, keepingGraph: keepingGraph)
        guard let gradient = found[0] else {
            throw TorchError(kind: .refused, message: "gradient: the result does not depend on the input")
        }
        return gradient
    }

    /// Adds to the gradient that an optimiser will read from this parameter.
    public func addToGradient(_ gradient: Tensor) throws(TorchError) {
        try TorchRuntime.check(ctorch_add_to_grad(handle, gradient.handle))
    }
}
