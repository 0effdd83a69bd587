import CTorch

extension Tensor {
    /// Self `[N, C, H, W]`, weight `[O, C, h, w]`, bias `[O]`; equal stride and padding on both axes.
    public func conv2d(
        weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0
    ) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_conv2d(handle, weight.handle, bias?.handle, Int64(stride), Int64(padding), $0) }
    }

    /// Self `[N, I]`, weight `[O, I]`, bias `[O]`; the result is `[N, O]`.
    public func linear(weight: Tensor, bias: Tensor? = nil) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_linear(handle, weight.handle, bias?.handle, $0) }
    }

    public func relu() throws(TorchError) -> Tensor { try Tensor.make { ctorch_relu(handle, $0) } }

    /// Square windows of `size`, without padding. `stride` is `size` where it is left out.
    public func maxPool2d(_ size: Int, stride: Int? = nil) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_max_pool2d(handle, Int64(size), Int64(stride ?? size), $0) }
    }

    /// `[N, C, H, W]` to `[N, C, height, width]`.
    public func adaptiveAveragePool2d(height: Int = 1, width: Int = 1) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_adaptive_avg_pool2d(handle, Int64(height), Int64(width), $0) }
    }

    public func softmax(axis: Int) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_softmax(handle, Int64(axis), $0) }
    }

    public func logSoftmax(axis: Int) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_log_softmax(handle, Int64(axis), $0) }
    }

    /// Mean over the batch of the cross entropy, in nats, of softmax(self) `[N, K]` against class indices `[N]`.
    public func crossEntropy(_ target: Tensor) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_cross_entropy(handle, target.handle, $0) }
    }

    /// Mean over the batch of -self[n, target[n]]; self `[N, K]` holds log probabilities.
    public func negativeLogLikelihood(_ target: Tensor) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_nll(handle, target.handle, $0) }
    }
}
