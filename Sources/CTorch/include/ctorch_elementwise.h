/* Element-wise functions, comparisons and masks. All take part in gradient recording where a gradient exists. */
#ifndef CTORCH_ELEMENTWISE_H
#define CTORCH_ELEMENTWISE_H

#include "ctorch.h"

#ifdef __cplusplus
extern "C" {
#endif

int ctorch_neg(ctorch_tensor a, ctorch_tensor *out);
int ctorch_abs(ctorch_tensor a, ctorch_tensor *out);
int ctorch_sign(ctorch_tensor a, ctorch_tensor *out);
int ctorch_sqrt(ctorch_tensor a, ctorch_tensor *out);
int ctorch_sin(ctorch_tensor a, ctorch_tensor *out);
int ctorch_cos(ctorch_tensor a, ctorch_tensor *out);
int ctorch_acos(ctorch_tensor a, ctorch_tensor *out);
int ctorch_tanh(ctorch_tensor a, ctorch_tensor *out);
int ctorch_sigmoid(ctorch_tensor a, ctorch_tensor *out);
int ctorch_silu(ctorch_tensor a, ctorch_tensor *out);
/* Half to even. */
int ctorch_round(ctorch_tensor a, ctorch_tensor *out);
int ctorch_floor(ctorch_tensor a, ctorch_tensor *out);
/* The Gaussian error linear unit; `tanh_form` takes the approximation by tanh. */
int ctorch_gelu(ctorch_tensor a, bool tanh_form, ctorch_tensor *out);
int ctorch_leaky_relu(ctorch_tensor a, double slope, ctorch_tensor *out);
int ctorch_power(ctorch_tensor a, double exponent, ctorch_tensor *out);
int ctorch_clamp(ctorch_tensor a, double lower, double upper, ctorch_tensor *out);

int ctorch_maximum(ctorch_tensor a, ctorch_tensor b, ctorch_tensor *out);
int ctorch_minimum(ctorch_tensor a, ctorch_tensor b, ctorch_tensor *out);

/* Comparisons give booleans. */
enum { CTORCH_EQ = 0, CTORCH_NE = 1, CTORCH_LT = 2, CTORCH_LE = 3, CTORCH_GT = 4, CTORCH_GE = 5 };
int ctorch_compare(int operation, ctorch_tensor a, ctorch_tensor b, ctorch_tensor *out);
int ctorch_compare_number(int operation, ctorch_tensor a, double b, ctorch_tensor *out);
int ctorch_logical_and(ctorch_tensor a, ctorch_tensor b, ctorch_tensor *out);
int ctorch_logical_or(ctorch_tensor a, ctorch_tensor b, ctorch_tensor *out);
int ctorch_logical_not(ctorch_tensor a, ctorch_tensor *out);
int ctorch_is_finite(ctorch_tensor a, ctorch_tensor *out);
/* a where the mask is true, b elsewhere. */
int ctorch_where(ctorch_tensor mask, ctorch_tensor a, ctorch_tensor b, ctorch_tensor *out);
int ctorch_masked_fill(ctorch_tensor a, ctorch_tensor mask, double value, ctorch_tensor *out);
/* The elements where the mask is true, in one axis. */
int ctorch_masked_select(ctorch_tensor a, ctorch_tensor mask, ctorch_tensor *out);
/* The indices (int64, one axis) of the true elements of a mask with one axis. */
int ctorch_true_indices(ctorch_tensor mask, ctorch_tensor *out);

#ifdef __cplusplus
}
#endif
#endif
