// Element-wise functions, comparisons and masks.
#include "ctorch_elementwise.h"

#include "shim.hpp"

#define UNARY(name, expression) \
    int ctorch_##name(ctorch_tensor a, ctorch_tensor *out) CTORCH_DO(*out = wrap(at::expression(get(a))))

UNARY(neg, neg)
UNARY(abs, abs)
UNARY(sign, sign)
UNARY(sqrt, sqrt)
UNARY(sin, sin)
UNARY(cos, cos)
UNARY(acos, acos)
UNARY(tanh, tanh)
UNARY(sigmoid, sigmoid)
UNARY(silu, silu)
UNARY(round, round)
UNARY(floor, floor)
UNARY(logical_not, logical_not)
UNARY(is_finite, isfinite)

int ctorch_gelu(ctorch_tensor a, bool tanh_form, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(at::gelu(get(a), tanh_form ? "tanh" : "none")))

int ctorch_leaky_relu(ctorch_tensor a, double slope, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(at::leaky_relu(get(a), slope)))

int ctorch_power(ctorch_tensor a, double exponent, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(at::pow(get(a), exponent)))

int ctorch_clamp(ctorch_tensor a, double lower, double upper, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(at::clamp(get(a), at::Scalar(lower), at::Scalar(upper))))

int ctorch_maximum(ctorch_tensor a, ctorch_tensor b, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(at::maximum(get(a), get(b))))
int ctorch_minimum(ctorch_tensor a, ctorch_tensor b, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(at::minimum(get(a), get(b))))

#ifndef CTORCH_STUB

template <typename Other>
static at::Tensor compare(int operation, const at::Tensor &a, const Other &b) {
    switch (operation) {
    case CTORCH_EQ: return a.eq(b);
    case CTORCH_NE: return a.ne(b);
    case CTORCH_LT: return a.lt(b);
    case CTORCH_LE: return a.le(b);
    case CTORCH_GT: return a.gt(b);
    case CTORCH_GE: return a.ge(b);
    default: TORCH_CHECK(false, "comparison ", operation, " is unknown to the shim");
    }
}

#endif

int ctorch_compare(int operation, ctorch_tensor a, ctorch_tensor b, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(compare(operation, get(a), get(b))))
int ctorch_compare_number(int operation, ctorch_tensor a, double b, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(compare(operation, get(a), at::Scalar(b))))

int ctorch_logical_and(ctorch_tensor a, ctorch_tensor b, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(at::logical_and(get(a), get(b))))
int ctorch_logical_or(ctorch_tensor a, ctorch_tensor b, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(at::logical_or(get(a), get(b))))

int ctorch_where(ctorch_tensor mask, ctorch_tensor a, ctorch_tensor b, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(at::where(get(mask), get(a), get(b))))
int ctorch_masked_fill(ctorch_tensor a, ctorch_tensor mask, double value, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(get(a).masked_fill(get(mask), value)))
int ctorch_masked_select(ctorch_tensor a, ctorch_tensor mask, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(get(a).masked_select(get(mask))))
int ctorch_true_indices(ctorch_tensor mask, ctorch_tensor *out) CTORCH_DO(
    TORCH_CHECK(get(mask).dim() == 1, "true_indices needs a mask with one axis, found shape ", get(mask).sizes());
    *out = wrap(at::nonzero(get(mask)).squeeze(1)))
