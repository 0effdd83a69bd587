// Gradients.
#include "shim.hpp"

int ctorch_set_requires_grad(ctorch_tensor tensor, bool required) CTORCH_DO(get(tensor).set_requires_grad(required))
int ctorch_backward(ctorch_tensor loss) CTORCH_DO(get(loss).backward())

int ctorch_grad(ctorch_tensor tensor, ctorch_tensor *out) CTORCH_DO(
    auto gradient = get(tensor).grad();
    *out = gradient.defined() ? wrap(gradient) : nullptr)

int ctorch_clear_grad(ctorch_tensor tensor) CTORCH_DO(get(tensor).mutable_grad() = at::Tensor())
