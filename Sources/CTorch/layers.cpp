// Layers with their full set of settings, and resampling.
#include "ctorch_layers.h"

#include "shim.hpp"

int ctorch_conv2d_general(ctorch_tensor input, ctorch_tensor weight, ctorch_tensor bias, const int64_t stride[2],
                          const int64_t padding[2], const int64_t dilation[2], int64_t groups, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(at::conv2d(get(input), get(weight), optional(bias), at::IntArrayRef(stride, 2),
                                     at::IntArrayRef(padding, 2), at::IntArrayRef(dilation, 2), groups)))

int ctorch_conv_transpose2d(ctorch_tensor input, ctorch_tensor weight, ctorch_tensor bias, int64_t stride,
                            int64_t padding, int64_t output_padding, int64_t groups, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(at::conv_transpose2d(get(input), get(weight), optional(bias), stride, padding,
                                               output_padding, groups)))

int ctorch_group_norm(ctorch_tensor input, int64_t groups, ctorch_tensor weight, ctorch_tensor bias, double epsilon,
                      ctorch_tensor *out)
    CTORCH_DO(*out = wrap(at::group_norm(get(input), groups, optional(weight), optional(bias), epsilon)))

int ctorch_layer_norm(ctorch_tensor input, const int64_t *shape, size_t rank, ctorch_tensor weight,
                      ctorch_tensor bias, double epsilon, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(at::layer_norm(get(input), at::IntArrayRef(shape, rank), optional(weight), optional(bias),
                                         epsilon)))

int ctorch_max_pool2d_padded(ctorch_tensor input, int64_t size, int64_t stride, int64_t padding, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(at::max_pool2d(get(input), size, stride, padding)))

int ctorch_avg_pool2d(ctorch_tensor input, int64_t size, int64_t stride, int64_t padding, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(at::avg_pool2d(get(input), size, stride, padding)))

#ifndef CTORCH_STUB

static at::Tensor resized(const at::Tensor &input, at::IntArrayRef size, int mode, bool align, bool antialias) {
    TORCH_CHECK(input.dim() == 4, "resize needs [N, C, H, W], found shape ", input.sizes());
    const c10::optional<double> none;
    switch (mode) {
    case CTORCH_NEAREST: return at::upsample_nearest2d(input, size, none, none);
    case CTORCH_BILINEAR:
        return antialias ? at::_upsample_bilinear2d_aa(input, size, align, none, none)
                         : at::upsample_bilinear2d(input, size, align, none, none);
    case CTORCH_BICUBIC:
        return antialias ? at::_upsample_bicubic2d_aa(input, size, align, none, none)
                         : at::upsample_bicubic2d(input, size, align, none, none);
    default: TORCH_CHECK(false, "resize mode ", mode, " is unknown to the shim");
    }
}

#endif

int ctorch_resize2d(ctorch_tensor input, int64_t height, int64_t width, int mode, bool align_corners, bool antialias,
                    ctorch_tensor *out)
    CTORCH_DO(
        const int64_t size[2] = {height, width};
        *out = wrap(resized(get(input), at::IntArrayRef(size, 2), mode, align_corners, antialias)))

int ctorch_grid_sample(ctorch_tensor input, ctorch_tensor grid, bool bilinear, bool border, bool align_corners,
                       ctorch_tensor *out)
    CTORCH_DO(*out = wrap(at::grid_sampler(get(input), get(grid), bilinear ? 0 : 1, border ? 1 : 0, align_corners)))

int ctorch_cross_entropy_general(ctorch_tensor input, ctorch_tensor target, ctorch_tensor class_weights, int reduction,
                                 double smoothing, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(at::cross_entropy_loss(get(input), get(target), optional(class_weights), reduction, -100,
                                                 smoothing)))

int ctorch_nll_general(ctorch_tensor input, ctorch_tensor target, ctorch_tensor class_weights, int reduction,
                       ctorch_tensor *out)
    CTORCH_DO(*out = wrap(at::nll_loss(get(input), get(target), optional(class_weights), reduction)))

int ctorch_binary_cross_entropy(ctorch_tensor logits, ctorch_tensor target, ctorch_tensor weight, int reduction,
                                ctorch_tensor *out)
    CTORCH_DO(*out = wrap(at::binary_cross_entropy_with_logits(get(logits), get(target), optional(weight), {},
                                                               reduction)))

int ctorch_cosine_similarity(ctorch_tensor a, ctorch_tensor b, int64_t axis, double epsilon, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(at::cosine_similarity(get(a), get(b), axis, epsilon)))
