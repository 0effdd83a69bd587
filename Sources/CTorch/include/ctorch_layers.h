/* Layers with their full set of settings, and resampling. Tensors that may be absent are NULL. */
#ifndef CTORCH_LAYERS_H
#define CTORCH_LAYERS_H

#include "ctorch.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Pairs are (vertical, horizontal). */
int ctorch_conv2d_general(ctorch_tensor input, ctorch_tensor weight, ctorch_tensor bias, const int64_t stride[2],
                          const int64_t padding[2], const int64_t dilation[2], int64_t groups, ctorch_tensor *out);
int ctorch_conv_transpose2d(ctorch_tensor input, ctorch_tensor weight, ctorch_tensor bias, int64_t stride,
                            int64_t padding, int64_t output_padding, int64_t groups, ctorch_tensor *out);
int ctorch_group_norm(ctorch_tensor input, int64_t groups, ctorch_tensor weight, ctorch_tensor bias, double epsilon,
                      ctorch_tensor *out);
/* Over the last `rank` axes, whose sizes are `shape`. */
int ctorch_layer_norm(ctorch_tensor input, const int64_t *shape, size_t rank, ctorch_tensor weight,
                      ctorch_tensor bias, double epsilon, ctorch_tensor *out);
int ctorch_max_pool2d_padded(ctorch_tensor input, int64_t size, int64_t stride, int64_t padding, ctorch_tensor *out);
int ctorch_avg_pool2d(ctorch_tensor input, int64_t size, int64_t stride, int64_t padding, ctorch_tensor *out);
enum { CTORCH_NEAREST = 0, CTORCH_BILINEAR = 1, CTORCH_BICUBIC = 2 };
/* [N, C, H, W] to the given size. `antialias` widens the filter where the image shrinks, as PIL does. */
int ctorch_resize2d(ctorch_tensor input, int64_t height, int64_t width, int mode, bool align_corners, bool antialias,
                    ctorch_tensor *out);
/* Samples [N, C, H, W] at positions [N, h, w, 2] given as (x, y) in -1...1; zeros outside, or the border's values. */
int ctorch_grid_sample(ctorch_tensor input, ctorch_tensor grid, bool bilinear, bool border, bool align_corners,
                       ctorch_tensor *out);

/* losses.  Reductions: */
enum { CTORCH_REDUCE_NONE = 0, CTORCH_REDUCE_MEAN = 1, CTORCH_REDUCE_SUM = 2 };
/* With class weights the mean is divided by the sum of the samples' weights. */
int ctorch_cross_entropy_general(ctorch_tensor input, ctorch_tensor target, ctorch_tensor class_weights, int reduction,
                                 double smoothing, ctorch_tensor *out);
int ctorch_nll_general(ctorch_tensor input, ctorch_tensor target, ctorch_tensor class_weights, int reduction,
                       ctorch_tensor *out);
/* Of logits. `weight` multiplies the samples' losses; the mean is a plain one. */
int ctorch_binary_cross_entropy(ctorch_tensor logits, ctorch_tensor target, ctorch_tensor weight, int reduction,
                                ctorch_tensor *out);
int ctorch_cosine_similarity(ctorch_tensor a, ctorch_tensor b, int64_t axis, double epsilon, ctorch_tensor *out);

#ifdef __cplusplus
}
#endif
#endif
