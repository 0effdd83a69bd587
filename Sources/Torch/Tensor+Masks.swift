import CTorch

/// Comparisons give booleans, element by element, with broadcasting.
public enum Comparison: Sendable {
    case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual

    var code: Int32 {
        switch self {
        case .equal: Int32(CTORCH_EQ)
        case .notEqual: Int32(CTORCH_NE)
        case .less: Int32(CTORCH_LT)
        case .lessOrEqual: Int32(CTORCH_LE)
        case .greater: Int32(CTORCH_GT)
        case .greaterOrEqual: Int32(CTORCH_GE)
        }
    }
}

extension Tensor {
    /// A mask: `t.isTrue(.greater, 0)`.
    public func isTrue(_ comparison: Comparison, _ other: Tensor) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_compare(comparison.code, handle, other.handle, $0) }
    }

    public func isTrue(_ comparison: Comparison, _ number: Double) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_compare_number(comparison.code, handle, number, $0) }
    }

    public func isFinite() throws(TorchError) -> Tensor { try Tensor.make { ctorch_is_finite(handle, $0) } }

    public func and(_ other: Tensor) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_logical_and(handle, other.handle, $0) }
    }

    public func or(_ other: Tensor) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_logical_or(handle, other.handle, $0) }
    }

    public func not() throws(TorchError) -> Tensor { try Tensor.make { ctorch_logical_not(handle, $0) } }

    /// `a` where this mask is true, `b` elsewhere.
    public func choosing(_ a: Tensor, otherwise b: Tensor) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_where(handle, a.handle, b.handle, $0) }
    }

    /// A copy with `value` where the mask is true.
    public func filled(where mask: Tensor, with value: Double) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_masked_fill(handle, mask.handle, value, $0) }
    }

    /// The elements where the mask is true, in one axis.
    public func elements(where mask: Tensor) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_masked_select(handle, mask.handle, $0) }
    }

    /// The indices (int64) of the true elements of a mask with one axis.
    public func trueIndices() throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_true_indices(handle, $0) }
    }

    public func isAnyTrue() throws(TorchError) -> Bool {
        var value = false
        try TorchRuntime.check(ctorch_any(handle, &value))
        return value
    }

    public func areAllTrue() throws(TorchError) -> Bool {
        var value = false
        try TorchRuntime.check(ctorch_all(handle, &value))
        return value
    }
}
