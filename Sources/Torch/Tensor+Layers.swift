import CTorch

/// How values between pixels are found.
public enum Interpolation: Sendable {
    case nearest, bilinear, bicubic

    var code: Int32 {
        switch self {
        case .nearest: Int32(CTORCH_NEAREST)
        case .bilinear: Int32(CTORCH_BILINEAR)
        case .bicubic: Int32(CTORCH_BICUBIC)
        }
    }
}

extension Tensor {
    /// Convolution with settings per axis, each (vertical, horizontal).
    public func conv2d(
        weight: Tensor, bias: Tensor? = nil, stride: (Int, Int), padding: (Int, Int), dilation: (Int, Int) = (1, 1),
        groups: Int = 1
    ) throws(TorchError) -> Tensor {
        func pair(_ values: (Int, Int)) -> [Int64] { [Int64(values.0), Int64(values.1)] }
        return try Tensor.make {
            ctorch_conv2d_general(
                handle, weight.handle, bias?.handle, pair(stride), pair(padding), pair(dilation), Int64(groups), $0)
        }
    }

    /// The transpose of a convolution: upsamples by `stride`. Weight `[C, O / groups, h, w]`.
    public func convTranspose2d(
        weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0, outputPadding: Int = 0, groups: Int = 1
    ) throws(TorchError) -> Tensor {
        try Tensor.make {
            ctorch_conv_transpose2d(
                handle, weight.handle, bias?.handle, Int64(stride), Int64(padding), Int64(outputPadding),
                Int64(groups), $0)
        }
    }

    /// Wu, He, arXiv:1803.08494: normalises each image over groups of channels.
    public func groupNorm(
        groups: Int, weight: Tensor? = nil, bias: Tensor? = nil, epsilon: Double = 1e-5
    ) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_group_norm(handle, Int64(groups), weight?.handle, bias?.handle, epsilon, $0) }
    }

    /// Ba, Kiros, Hinton, arXiv:1607.06450: normalises over the last axes, whose sizes are `shape`.
    public func layerNorm(
        _ shape: [Int], weight: Tensor? = nil, bias: Tensor? = nil, epsilon: Double = 1e-5
    ) throws(TorchError) -> Tensor {
        let sizes = shape.map(Int64.init)
        return try Tensor.make {
            ctorch_layer_norm(handle, sizes, sizes.count, weight?.handle, bias?.handle, epsilon, $0)
        }
    }

    public func maxPool2d(_ size: Int, stride: Int, padding: Int) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_max_pool2d_padded(handle, Int64(size), Int64(stride), Int64(padding), $0) }
    }

    public func averagePool2d(_ size: Int, stride: Int? = nil, padding: Int = 0) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_avg_pool2d(handle, Int64(size), Int64(stride ?? size), Int64(padding), $0) }
    }

    /// `[N, C, H, W]` to another height and width.
    /// - Parameters:
    ///   - alignCorners: the corner pixels' centres stay in place; otherwise the corners of the image do.
    ///   - antialias: widens the filter where the image shrinks, as PIL's `resize`. Bilinear and bicubic only.
    public func resized(
        height: Int, width: Int, _ interpolation: Interpolation = .bilinear, alignCorners: Bool = false,
        antialias: Bool = false
    ) throws(TorchError) -> Tensor {
        try Tensor.make {
            ctorch_resize2d(
                handle, Int64(height), Int64(width), interpolation.code, alignCorners, antialias, $0)
        }
    }

    /// Samples `[N, C, H, W]` at positions `[N, h, w, 2]`, (x, y) each from -1 to 1.
    /// - Parameter border: outside lie the border's values; otherwise zeros.
    public func sampled(
        at grid: Tensor, bilinear: Bool = true, border: Bool = false, alignCorners: Bool = false
    ) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_grid_sample(handle, grid.handle, bilinear, border, alignCorners, $0) }
    }
}
