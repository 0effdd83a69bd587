/* Reductions, orderings, products of many tensors. */
#ifndef CTORCH_REDUCE_H
#define CTORCH_REDUCE_H

#include "ctorch.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Over the given axes; none (count 0) means all. `keep` leaves axes of size 1 in place of the reduced ones. */
int ctorch_sum_axes(ctorch_tensor a, const int64_t *axes, size_t count, bool keep, ctorch_tensor *out);
int ctorch_mean_axes(ctorch_tensor a, const int64_t *axes, size_t count, bool keep, ctorch_tensor *out);
/* The gradient is spread evenly over equal extremes. */
int ctorch_max_axes(ctorch_tensor a, const int64_t *axes, size_t count, bool keep, ctorch_tensor *out);
int ctorch_min_axes(ctorch_tensor a, const int64_t *axes, size_t count, bool keep, ctorch_tensor *out);
/* Divided by n - correction. */
int ctorch_variance_axes(ctorch_tensor a, const int64_t *axes, size_t count, int64_t correction, bool keep,
                         ctorch_tensor *out);
/* (sum |a|^order)^(1/order) */
int ctorch_norm_axes(ctorch_tensor a, double order, const int64_t *axes, size_t count, bool keep,
                     ctorch_tensor *out);
int ctorch_logsumexp(ctorch_tensor a, int64_t axis, bool keep, ctorch_tensor *out);
int ctorch_cumsum(ctorch_tensor a, int64_t axis, ctorch_tensor *out);
int ctorch_cumprod(ctorch_tensor a, int64_t axis, ctorch_tensor *out);
int ctorch_argmin(ctorch_tensor a, int64_t axis, ctorch_tensor *out);
int ctorch_any(ctorch_tensor a, bool *value);
int ctorch_all(ctorch_tensor a, bool *value);

/* The `count` largest (or smallest) elements along an axis, best first, and their indices. */
int ctorch_top_k(ctorch_tensor a, int64_t count, int64_t axis, bool largest, ctorch_tensor *values,
                 ctorch_tensor *indices);
/* Stable. */
int ctorch_argsort(ctorch_tensor a, int64_t axis, bool descending, ctorch_tensor *out);
int ctorch_einsum(const char *equation, const ctorch_tensor *tensors, size_t count, ctorch_tensor *out);

#ifdef __cplusplus
}
#endif
#endif
