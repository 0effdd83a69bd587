// Element-wise arithmetic, reductions, matrix products.
#include "shim.hpp"

int ctorch_add(ctorch_tensor a, ctorch_tensor b, ctorch_tensor *out) CTORCH_DO(*out = wrap(get(a) + get(b)))
int ctorch_subtract(ctorch_tensor a, ctorch_tensor b, ctorch_tensor *out) CTORCH_DO(*out = wrap(get(a) - get(b)))
int ctorch_multiply(ctorch_tensor a, ctorch_tensor b, ctorch_tensor *out) CTORCH_DO(*out = wrap(get(a) * get(b)))
int ctorch_divide(ctorch_tensor a, ctorch_tensor b, ctorch_tensor *out) CTORCH_DO(*out = wrap(get(a) / get(b)))

int ctorch_scale(ctorch_tensor a, double factor, double offset, ctorch_tensor *out) CTORCH_DO(
    auto scaled = get(a) * factor;
    *out = wrap(offset == 0 ? scaled : scaled + offset))

int ctorch_exp(ctorch_tensor a, ctorch_tensor *out) CTORCH_DO(*out = wrap(get(a).exp()))
int ctorch_log(ctorch_tensor a, ctorch_tensor *out) CTORCH_DO(*out = wrap(get(a).log()))
int ctorch_sum(ctorch_tensor a, ctorch_tensor *out) CTORCH_DO(*out = wrap(get(a).sum()))
int ctorch_mean(ctorch_tensor a, ctorch_tensor *out) CTORCH_DO(*out = wrap(get(a).mean()))

int ctorch_sum_axis(ctorch_tensor a, int64_t axis, bool keep, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(get(a).sum(at::IntArrayRef(&axis, 1), keep)))

int ctorch_mean_axis(ctorch_tensor a, int64_t axis, bool keep, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(get(a).mean(at::IntArrayRef(&axis, 1), keep)))

int ctorch_argmax(ctorch_tensor a, int64_t axis, ctorch_tensor *out) CTORCH_DO(*out = wrap(get(a).argmax(axis)))
int ctorch_matmul(ctorch_tensor a, ctorch_tensor b, ctorch_tensor *out) CTORCH_DO(*out = wrap(get(a).matmul(get(b))))

int ctorch_addmm(ctorch_tensor bias, ctorch_tensor a, ctorch_tensor b, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(at::addmm(get(bias), get(a), get(b))))
