import CTorch

/// What padding puts around a tensor.
public enum Padding: Sendable {
    case constant(Double)
    /// Mirrored at the border, which is not repeated.
    case reflect
    /// The border's values.
    case replicate
}

extension Tensor {
    public static func full(
        _ shape: [Int], _ value: Double, type: ElementType = .float32
    ) throws(TorchError) -> Tensor {
        let sizes = shape.map(Int64.init)
        return try make { ctorch_full(sizes, sizes.count, value, type.code, $0) }
    }

    public static func ones(_ shape: [Int], type: ElementType = .float32) throws(TorchError) -> Tensor {
        try full(shape, 1, type: type)
    }

    /// 0, 1, ..., count - 1
    public static func counting(_ count: Int, type: ElementType = .int64) throws(TorchError) -> Tensor {
        try make { ctorch_counting(Int64(count), type.code, $0) }
    }

    public static func identity(_ count: Int, type: ElementType = .float32) throws(TorchError) -> Tensor {
        try make { ctorch_identity(Int64(count), type.code, $0) }
    }

    public func permuted(_ axes: [Int]) throws(TorchError) -> Tensor {
        let list = axes.map(Int64.init)
        return try Tensor.make { ctorch_permute(handle, list, list.count, $0) }
    }

    /// Repeats axes of size 1 without copying; -1 keeps a size.
    public func expanded(_ shape: [Int]) throws(TorchError) -> Tensor {
        let sizes = shape.map(Int64.init)
        return try Tensor.make { ctorch_expand(handle, sizes, sizes.count, $0) }
    }

    /// With a new axis of size 1.
    public func insertingAxis(_ axis: Int) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_unsqueeze(handle, Int64(axis), $0) }
    }

    /// Without this axis, where its size is 1.
    public func droppingAxis(_ axis: Int) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_squeeze(handle, Int64(axis), $0) }
    }

    public func flipped(_ axes: [Int]) throws(TorchError) -> Tensor {
        let list = axes.map(Int64.init)
        return try Tensor.make { ctorch_flip(handle, list, list.count, $0) }
    }

    /// - Parameter amounts: (before, after) per axis, from the last axis backwards. Reflecting and replicating take
    ///   the last two axes of `[N, C, H, W]`.
    public func padded(_ amounts: [(before: Int, after: Int)], _ mode: Padding = .constant(0)) throws(TorchError)
        -> Tensor
    {
        let list = amounts.flatMap { [Int64($0.before), Int64($0.after)] }
        let (code, value): (Int, Double) =
            switch mode {
            case .constant(let value): (CTORCH_PAD_CONSTANT, value)
            case .reflect: (CTORCH_PAD_REFLECT, 0)
            case .replicate: (CTORCH_PAD_REPLICATE, 0)
            }
        return try Tensor.make { ctorch_pad(handle, list, list.count, Int32(code), value, $0) }
    }

    /// int64 class indices as rows with a single 1 (int64).
    public func oneHot(classes: Int) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_one_hot(handle, Int64(classes), $0) }
    }

    /// Self with the slices of `source` added along `axis` at the places that `index` (int64, one axis) names.
    public func adding(_ source: Tensor, at index: Tensor, axis: Int) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_index_add(handle, Int64(axis), index.handle, source.handle, $0) }
    }
}
