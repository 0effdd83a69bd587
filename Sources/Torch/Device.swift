import CTorch

/// Where tensors lie and operations run.
public enum Device: Equatable, Sendable, CustomStringConvertible {
    case cpu
    /// A CUDA device by its number among those that CUDA_VISIBLE_DEVICES names.
    case cuda(Int)

    var code: Int32 {
        switch self {
        case .cpu: Int32(CTORCH_CPU)
        case .cuda(let number): Int32(number)
        }
    }

    init(code: Int32) { self = code == Int32(CTORCH_CPU) ? .cpu : .cuda(Int(code)) }

    /// Reads `cpu`, `cuda` (the first) or `cuda:1`; nil for other text.
    public init?(_ text: String) {
        if text == "cpu" {
            self = .cpu
        } else if text == "cuda" {
            self = .cuda(0)
        } else if text.hasPrefix("cuda:"), let number = Int(text.dropFirst(5)), number >= 0 {
            self = .cuda(number)
        } else {
            return nil
        }
    }

    public var description: String {
        switch self {
        case .cpu: "cpu"
        case .cuda(let number): "cuda:\(number)"
        }
    }

    /// The number of CUDA devices; 0 where libtorch was built without CUDA.
    public static func cudaCount() throws(TorchError) -> Int {
        var count: Int32 = 0
        try TorchRuntime.check(ctorch_cuda_count(&count))
        return Int(count)
    }

    /// - Throws: `.refused` saying how many CUDA devices there are.
    public func requirePresent() throws(TorchError) {
        guard case .cuda(let number) = self else { return }
        let count = try Self.cudaCount()
        guard number < count else {
            throw TorchError(
                kind: .refused,
                message: "device \(self): this libtorch (\(TorchRuntime.version)) sees \(count) CUDA devices; use cpu, "
                    + "or a libtorch built with CUDA (LIBTORCH_ROOT)")
        }
    }
}

extension Tensor {
    public func device() throws(TorchError) -> Device {
        var code: Int32 = 0
        try TorchRuntime.check(ctorch_device(handle, &code))
        return Device(code: code)
    }

    /// A copy on the device; self where it lies there already. Takes part in gradient recording.
    public func copied(to device: Device) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_to_device(handle, device.code, $0) }
    }

    /// Moves this tensor's own values, for parameters and buffers that layers hold.
    public func move(to device: Device) throws(TorchError) {
        try TorchRuntime.check(ctorch_move(handle, device.code))
    }
}
