import CTorch

/// An n-dimensional array owned by libtorch. A tensor belongs to the thread that works with it.
///
/// Shapes are written `[N, C, H, W]`, with N the images of a batch. Every operation returns a new tensor, which takes
/// part in gradient recording unless it runs inside `TorchRuntime.withoutGradients`.
public final class Tensor {
    let handle: ctorch_tensor

    /// Takes over a handle made by the shim.
    init(owning handle: ctorch_tensor) { self.handle = handle }

    deinit { ctorch_free(handle) }

    /// Runs a call of the shim that makes a tensor.
    static func make(_ call: (UnsafeMutablePointer<ctorch_tensor?>) -> Int32) throws(TorchError) -> Tensor {
        var made: ctorch_tensor?
        try TorchRuntime.check(call(&made))
        guard let made else { throw TorchError(kind: .refused, message: "libtorch: no tensor was made") }
        return Tensor(owning: made)
    }

    public static func zeros(_ shape: [Int], type: ElementType = .float32) throws(TorchError) -> Tensor {
        let sizes = shape.map(Int64.init)
        return try make { ctorch_zeros(sizes, sizes.count, type.code, $0) }
    }

    /// A tensor with a copy of `bytes`, which must hold exactly the elements of `shape` in row-major order.
    public static func copying(_ bytes: [UInt8], shape: [Int], type: ElementType) throws(TorchError) -> Tensor {
        let sizes = shape.map(Int64.init)
        return try make { ctorch_from_data(bytes, bytes.count, sizes, sizes.count, type.code, $0) }
    }

    /// A tensor with a copy of `values` in row-major order.
    public static func of<Element: TensorElement>(_ values: [Element], shape: [Int]) throws(TorchError) -> Tensor {
        let sizes = shape.map(Int64.init)
        return try make { out in
            values.withUnsafeBytes { bytes in
                ctorch_from_data(
                    bytes.baseAddress, bytes.count, sizes, sizes.count, Element.elementType.code, out)
            }
        }
    }

    public static func of<Element: TensorElement>(_ values: [Element]) throws(TorchError) -> Tensor {
        try of(values, shape: [values.count])
    }

    public func shape() throws(TorchError) -> [Int] {
        var rank = 0
        try TorchRuntime.check(ctorch_rank(handle, &rank))
        var sizes = [Int64](repeating: 0, count: rank)
        try TorchRuntime.check(ctorch_shape(handle, &sizes, rank))
        return sizes.map { Int($0) }
    }

    public func type() throws(TorchError) -> ElementType {
        var code: Int32 = 0
        try TorchRuntime.check(ctorch_type(handle, &code))
        guard let type = ElementType(code: code) else {
            throw TorchError(kind: .refused, message: "element type \(code) has no Swift counterpart")
        }
        return type
    }
}
