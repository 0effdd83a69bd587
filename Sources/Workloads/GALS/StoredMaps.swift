import Torch

/// The maps of some images as they were stored.
struct StoredMaps {
    /// `[N, P, h, w]` float32; zeros where an image has no map.
    let tensor: Tensor
    /// Masks keep their values; maps from a model are normalised (``TargetMaps``).
    let areMasks: Bool

    /// The maps of these images.
    func selecting(_ indices: [Int]) throws(TorchError) -> Tensor {
        try tensor.selecting(Tensor.of(indices.map(Int64.init)), axis: 0)
    }
}
