import CTorch

extension Tensor {
    /// Marks a leaf tensor as one whose gradient is wanted, and returns it.
    @discardableResult
    public func requiringGradient(_ required: Bool = true) throws(TorchError) -> Tensor {
        try TorchRuntime.check(ctorch_set_requires_grad(handle, required))
        return self
    }

    /// Adds the gradient of this scalar to the gradients of the leaf tensors it was computed from.
    public func backward() throws(TorchError) { try TorchRuntime.check(ctorch_backward(handle)) }

    /// The accumulated gradient; nil where there is none.
    public func gradient() throws(TorchError) -> Tensor? {
        var found: ctorch_tensor?
        try TorchRuntime.check(ctorch_grad(handle, &found))
        return found.map { Tensor(owning: $0) }
    }

    public func clearGradient() throws(TorchError) { try TorchRuntime.check(ctorch_clear_grad(handle)) }
}
