import CTorch

extension Tensor {
    public static func + (a: Tensor, b: Tensor) throws(TorchError) -> Tensor {
        try make { ctorch_add(a.handle, b.handle, $0) }
    }

    public static func - (a: Tensor, b: Tensor) throws(TorchError) -> Tensor {
        try make { ctorch_subtract(a.handle, b.handle, $0) }
    }

    public static func * (a: Tensor, b: Tensor) throws(TorchError) -> Tensor {
        try make { ctorch_multiply(a.handle, b.handle, $0) }
    }

    public static func / (a: Tensor, b: Tensor) throws(TorchError) -> Tensor {
        try make { ctorch_divide(a.handle, b.handle, $0) }
    }

    /// factor * self + offset
    public func scaled(by factor: Double, adding offset: Double = 0) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_scale(handle, factor, offset, $0) }
    }

    public func exp() throws(TorchError) -> Tensor { try Tensor.make { ctorch_exp(handle, $0) } }
    public func log() throws(TorchError) -> Tensor { try Tensor.make { ctorch_log(handle, $0) } }
    public func sum() throws(TorchError) -> Tensor { try Tensor.make { ctorch_sum(handle, $0) } }
    public func mean() throws(TorchError) -> Tensor { try Tensor.make { ctorch_mean(handle, $0) } }

    public func sum(axis: Int, keepingAxis keep: Bool = false) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_sum_axis(handle, Int64(axis), keep, $0) }
    }

    public func mean(axis: Int, keepingAxis keep: Bool = false) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_mean_axis(handle, Int64(axis), keep, $0) }
    }

    /// The index (int64) of the largest element along `axis`.
    public func argmax(axis: Int) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_argmax(handle, Int64(axis), $0) }
    }

    public func matmul(_ other: Tensor) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_matmul(handle, other.handle, $0) }
    }

    /// self + a b
    public func addingProduct(_ a: Tensor, _ b: Tensor) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_addmm(handle, a.handle, b.handle, $0) }
    }
}
