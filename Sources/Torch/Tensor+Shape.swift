import CTorch

extension Tensor {
    /// The same elements in another shape; one size may be -1 and is worked out.
    public func reshaped(_ shape: [Int]) throws(TorchError) -> Tensor {
        let sizes = shape.map(Int64.init)
        return try Tensor.make { ctorch_reshape(handle, sizes, sizes.count, $0) }
    }

    public func transposed(_ first: Int = 0, _ second: Int = 1) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_transpose(handle, Int64(first), Int64(second), $0) }
    }

    /// The slices along `axis` that the one-dimensional int64 tensor `index` names.
    public func selecting(_ index: Tensor, axis: Int) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_index_select(handle, Int64(axis), index.handle, $0) }
    }

    /// Picks one element along `axis` for each element of the int64 tensor `index`.
    public func gathering(_ index: Tensor, axis: Int) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_gather(handle, Int64(axis), index.handle, $0) }
    }

    public func slice(_ range: Range<Int>, axis: Int = 0) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_slice(handle, Int64(axis), Int64(range.lowerBound), Int64(range.upperBound), $0) }
    }

    /// Joins tensors along an existing axis.
    public static func concatenated(_ tensors: [Tensor], axis: Int = 0) throws(TorchError) -> Tensor {
        let handles: [ctorch_tensor?] = tensors.map { $0.handle }
        return try make { ctorch_cat(handles, handles.count, Int64(axis), $0) }
    }

    /// Joins tensors of one shape along a new axis.
    public static func stacked(_ tensors: [Tensor], axis: Int = 0) throws(TorchError) -> Tensor {
        let handles: [ctorch_tensor?] = tensors.map { $0.handle }
        return try make { ctorch_stack(handles, handles.count, Int64(axis), $0) }
    }
}
