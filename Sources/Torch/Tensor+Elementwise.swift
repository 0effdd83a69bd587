import CTorch

extension Tensor {
    private typealias Unary = (ctorch_tensor?, UnsafeMutablePointer<ctorch_tensor?>?) -> Int32

    private func apply(_ operation: Unary) throws(TorchError) -> Tensor {
        try Tensor.make { operation(handle, $0) }
    }

    public func abs() throws(TorchError) -> Tensor { try apply(ctorch_abs) }
    /// -1, 0 or 1.
    public func sign() throws(TorchError) -> Tensor { try apply(ctorch_sign) }
    public func sqrt() throws(TorchError) -> Tensor { try apply(ctorch_sqrt) }
    public func sin() throws(TorchError) -> Tensor { try apply(ctorch_sin) }
    public func cos() throws(TorchError) -> Tensor { try apply(ctorch_cos) }
    public func acos() throws(TorchError) -> Tensor { try apply(ctorch_acos) }
    public func tanh() throws(TorchError) -> Tensor { try apply(ctorch_tanh) }
    public func sigmoid() throws(TorchError) -> Tensor { try apply(ctorch_sigmoid) }
    /// x sigmoid(x)
    public func silu() throws(TorchError) -> Tensor { try apply(ctorch_silu) }
    /// To the nearest whole number, halves to the even one.
    public func rounded() throws(TorchError) -> Tensor { try apply(ctorch_round) }
    public func floor() throws(TorchError) -> Tensor { try apply(ctorch_floor) }
    public func squared() throws(TorchError) -> Tensor { try self * self }

    /// x Phi(x), Phi the normal distribution (Hendrycks, Gimpel, arXiv:1606.08415).
    /// - Parameter tanhForm: the approximation by tanh.
    public func gelu(tanhForm: Bool = false) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_gelu(handle, tanhForm, $0) }
    }

    public func leakyReLU(slope: Double = 0.01) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_leaky_relu(handle, slope, $0) }
    }

    public func power(_ exponent: Double) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_power(handle, exponent, $0) }
    }

    public func clamped(_ range: ClosedRange<Double>) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_clamp(handle, range.lowerBound, range.upperBound, $0) }
    }

    public func clamped(_ range: PartialRangeFrom<Double>) throws(TorchError) -> Tensor {
        try clamped(range.lowerBound...Double.infinity)
    }

    public static func maximum(_ a: Tensor, _ b: Tensor) throws(TorchError) -> Tensor {
        try make { ctorch_maximum(a.handle, b.handle, $0) }
    }

    public static func minimum(_ a: Tensor, _ b: Tensor) throws(TorchError) -> Tensor {
        try make { ctorch_minimum(a.handle, b.handle, $0) }
    }

    public static prefix func - (a: Tensor) throws(TorchError) -> Tensor { try a.apply(ctorch_neg) }
    public static func + (a: Tensor, b: Double) throws(TorchError) -> Tensor { try a.scaled(by: 1, adding: b) }
    public static func + (a: Double, b: Tensor) throws(TorchError) -> Tensor { try b.scaled(by: 1, adding: a) }
    public static func - (a: Tensor, b: Double) throws(TorchError) -> Tensor { try a.scaled(by: 1, adding: -b) }
    public static func - (a: Double, b: Tensor) throws(TorchError) -> Tensor { try b.scaled(by: -1, adding: a) }
    public static func * (a: Tensor, b: Double) throws(TorchError) -> Tensor { try a.scaled(by: b) }
    public static func * (a: Double, b: Tensor) throws(TorchError) -> Tensor { try b.scaled(by: a) }
    public static func / (a: Tensor, b: Double) throws(TorchError) -> Tensor { try a.scaled(by: 1 / b) }
}
