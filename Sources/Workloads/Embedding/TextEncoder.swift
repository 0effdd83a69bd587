import Torch

/// Turns texts into vectors of one space.
protocol TextEncoder {
    /// `[N, D]`, not necessarily of length 1.
    func embed(_ texts: [String]) throws(WorkloadError) -> Tensor
}

/// Turns pictures into vectors of one space.
protocol ImageEncoder {
    /// `[N, D]`, not necessarily of length 1.
    func embed(_ pictures: [Picture]) throws(WorkloadError) -> Tensor
}
