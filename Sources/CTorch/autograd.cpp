// Gradients, and the optimiser's step over a list of parameters.
#include "shim.hpp"

#ifndef CTORCH_STUB

#include <ATen/Parallel.h>

namespace {

struct Sgd {
    double rate, momentum, decay;
};

/// One pass over memory in place of five: this is where a small model spends its optimiser time.
template <typename T>
void step_contiguous(T *p, T *v, const T *g, int64_t count, Sgd sgd) {
    const T rate = sgd.rate, momentum = sgd.momentum, decay = sgd.decay;
    at::parallel_for(0, count, 32768, [=](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; i++) {
            v[i] = momentum * v[i] + (g[i] + decay * p[i]);
            p[i] -= rate * v[i];
        }
    });
}

void step_one(at::Tensor &parameter, at::Tensor &velocity, Sgd sgd) {
    at::Tensor gradient = parameter.grad();
    if (!gradient.defined()) return;
    const bool plain = parameter.device().is_cpu() && parameter.is_contiguous() && velocity.is_contiguous() &&
                       velocity.scalar_type() == parameter.scalar_type();
    gradient = gradient.contiguous();
    if (plain && parameter.scalar_type() == at::kFloat) {
        step_contiguous(parameter.data_ptr<float>(), velocity.data_ptr<float>(), gradient.data_ptr<float>(),
                        parameter.numel(), sgd);
    } else if (plain && parameter.scalar_type() == at::kDouble) {
        step_contiguous(parameter.data_ptr<double>(), velocity.data_ptr<double>(), gradient.data_ptr<double>(),
                        parameter.numel(), sgd);
    } else {
        velocity.mul_(sgd.momentum).add_(gradient.add(parameter, sgd.decay));
        parameter.sub_(velocity, sgd.rate);
    }
    parameter.mutable_grad() = at::Tensor();
}

}  // namespace

#endif

int ctorch_set_requires_grad(ctorch_tensor tensor, bool required) CTORCH_DO(get(tensor).set_requires_grad(required))
int ctorch_backward(ctorch_tensor loss) CTORCH_DO(get(loss).backward())

int ctorch_grad(ctorch_tensor tensor, ctorch_tensor *out) CTORCH_DO(
    auto gradient = get(tensor).grad();
    *out = gradient.defined() ? wrap(gradient) : nullptr)

int ctorch_clear_grad(ctorch_tensor tensor) CTORCH_DO(get(tensor).mutable_grad() = at::Tensor())

int ctorch_sgd_step(const ctorch_tensor *parameters, const ctorch_tensor *velocities, size_t count, double rate,
                    double momentum, double decay)
    CTORCH_DO(
        at::NoGradGuard guard;
        for (size_t i = 0; i < count; i++)
            step_one(get(parameters[i]), get(velocities[i]), Sgd{rate, momentum, decay}))
