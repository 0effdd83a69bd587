// Reductions, orderings, products of many tensors.
#include "ctorch_reduce.h"

#include "shim.hpp"

#ifndef CTORCH_STUB

/// libtorch 1.13 and 2.x disagree on what an empty list of axes means; all axes are named instead.
static std::vector<int64_t> named(const at::Tensor &tensor, const int64_t *axes, size_t count) {
    std::vector<int64_t> list(axes, axes + count);
    if (count == 0) {
        for (int64_t axis = 0; axis < tensor.dim(); axis++) list.push_back(axis);
    }
    return list;
}

#endif

int ctorch_sum_axes(ctorch_tensor a, const int64_t *axes, size_t count, bool keep, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(get(a).sum(named(get(a), axes, count), keep)))

int ctorch_mean_axes(ctorch_tensor a, const int64_t *axes, size_t count, bool keep, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(get(a).mean(named(get(a), axes, count), keep)))

int ctorch_max_axes(ctorch_tensor a, const int64_t *axes, size_t count, bool keep, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(at::amax(get(a), named(get(a), axes, count), keep)))

int ctorch_min_axes(ctorch_tensor a, const int64_t *axes, size_t count, bool keep, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(at::amin(get(a), named(get(a), axes, count), keep)))

int ctorch_variance_axes(ctorch_tensor a, const int64_t *axes, size_t count, int64_t correction, bool keep,
                         ctorch_tensor *out)
    CTORCH_DO(
        TORCH_CHECK(correction == 0 || correction == 1, "variance: correction must be 0 or 1, found ", correction);
        *out = wrap(get(a).var(at::IntArrayRef(named(get(a), axes, count)), correction == 1, keep)))

int ctorch_norm_axes(ctorch_tensor a, double order, const int64_t *axes, size_t count, bool keep,
                     ctorch_tensor *out)
    CTORCH_DO(*out = wrap(at::norm(get(a), at::Scalar(order), named(get(a), axes, count), keep)))

int ctorch_logsumexp(ctorch_tensor a, int64_t axis, bool keep, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(at::logsumexp(get(a), at::IntArrayRef(&axis, 1), keep)))

int ctorch_cumsum(ctorch_tensor a, int64_t axis, ctorch_tensor *out) CTORCH_DO(*out = wrap(get(a).cumsum(axis)))
int ctorch_cumprod(ctorch_tensor a, int64_t axis, ctorch_tensor *out) CTORCH_DO(*out = wrap(get(a).cumprod(axis)))
int ctorch_argmin(ctorch_tensor a, int64_t axis, ctorch_tensor *out) CTORCH_DO(*out = wrap(get(a).argmin(axis)))
int ctorch_any(ctorch_tensor a, bool *value) CTORCH_DO(*value = get(a).any().item().toBool())
int ctorch_all(ctorch_tensor a, bool *value) CTORCH_DO(*value = get(a).all().item().toBool())

int ctorch_top_k(ctorch_tensor a, int64_t count, int64_t axis, bool largest, ctorch_tensor *values,
                 ctorch_tensor *indices)
    CTORCH_DO(
        auto [best, places] = at::topk(get(a), count, axis, largest, true);
        *values = wrap(best);
        *indices = wrap(places))

int ctorch_argsort(ctorch_tensor a, int64_t axis, bool descending, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(std::get<1>(at::sort(get(a), c10::optional<bool>(true), axis, descending))))

int ctorch_einsum(const char *equation, const ctorch_tensor *tensors, size_t count, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(at::einsum(equation, gather(tensors, count))))
