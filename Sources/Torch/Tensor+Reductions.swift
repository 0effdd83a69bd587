import CTorch

/// Reductions over several axes; an empty list of axes means all of them. `keepingAxes` leaves axes of size 1.
extension Tensor {
    private typealias Reduction = (
        ctorch_tensor?, UnsafePointer<Int64>?, Int, Bool, UnsafeMutablePointer<ctorch_tensor?>?
    ) -> Int32

    private func reduce(_ axes: [Int], _ keep: Bool, _ reduction: Reduction) throws(TorchError) -> Tensor {
        let list = axes.map(Int64.init)
        return try Tensor.make { reduction(handle, list, list.count, keep, $0) }
    }

    public func sum(axes: [Int], keepingAxes keep: Bool = false) throws(TorchError) -> Tensor {
        try reduce(axes, keep, ctorch_sum_axes)
    }

    public func mean(axes: [Int], keepingAxes keep: Bool = false) throws(TorchError) -> Tensor {
        try reduce(axes, keep, ctorch_mean_axes)
    }

    /// The largest elements. Where several are equal each gets an equal share of the gradient.
    public func max(axes: [Int] = [], keepingAxes keep: Bool = false) throws(TorchError) -> Tensor {
        try reduce(axes, keep, ctorch_max_axes)
    }

    public func min(axes: [Int] = [], keepingAxes keep: Bool = false) throws(TorchError) -> Tensor {
        try reduce(axes, keep, ctorch_min_axes)
    }

    /// The mean of squared deviations, with n - 1 in place of n where `unbiased`.
    public func variance(
        axes: [Int] = [], unbiased: Bool = true, keepingAxes keep: Bool = false
    ) throws(TorchError) -> Tensor {
        try reduce(axes, keep) { ctorch_variance_axes($0, $1, $2, unbiased ? 1 : 0, $3, $4) }
    }

    /// (sum |x|^order)^(1/order)
    public func norm(
        order: Double = 2, axes: [Int] = [], keepingAxes keep: Bool = false
    ) throws(TorchError) -> Tensor {
        try reduce(axes, keep) { ctorch_norm_axes($0, order, $1, $2, $3, $4) }
    }

    /// Scaled to length 1 along `axis`; shorter vectors than `epsilon` are divided by it.
    public func normalised(axis: Int, epsilon: Double = 1e-12) throws(TorchError) -> Tensor {
        try self / norm(axes: [axis], keepingAxes: true).clamped(epsilon...)
    }

    public func logSumExp(axis: Int, keepingAxis keep: Bool = false) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_logsumexp(handle, Int64(axis), keep, $0) }
    }

    public func cumulativeSum(axis: Int) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_cumsum(handle, Int64(axis), $0) }
    }

    public func cumulativeProduct(axis: Int) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_cumprod(handle, Int64(axis), $0) }
    }

    /// The index (int64) of the smallest element along `axis`.
    public func argmin(axis: Int) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_argmin(handle, Int64(axis), $0) }
    }

    /// The `count` largest (or smallest) elements along `axis`, best first, and their indices (int64).
    public func top(
        _ count: Int, axis: Int = -1, smallest: Bool = false
    ) throws(TorchError) -> (values: Tensor, indices: Tensor) {
        var (values, indices): (ctorch_tensor?, ctorch_tensor?)
        try TorchRuntime.check(ctorch_top_k(handle, Int64(count), Int64(axis), !smallest, &values, &indices))
        guard let values, let indices else {
            throw TorchError(kind: .refused, message: "libtorch: no tensor was made")
        }
        return (Tensor(owning: values), Tensor(owning: indices))
    }

    /// The indices (int64) that put the elements along `axis` in order; equal elements keep their order.
    public func sortingIndices(axis: Int = -1, descending: Bool = false) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_argsort(handle, Int64(axis), descending, $0) }
    }

    /// Einstein's summation: `Tensor.einsum("nd,kd->nk", [a, b])`.
    public static func einsum(_ equation: String, _ tensors: [Tensor]) throws(TorchError) -> Tensor {
        let handles: [ctorch_tensor?] = tensors.map { $0.handle }
        return try make { ctorch_einsum(equation, handles, handles.count, $0) }
    }
}
