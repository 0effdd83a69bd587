// Gradients as values, and one step of an optimiser over a list of parameters.
//
// The steps go over memory once in place of five to ten times: this is where a small model spends its optimiser time.
#include "ctorch_optimiser.h"

#include "shim.hpp"

#ifndef CTORCH_STUB

#include <ATen/Parallel.h>

#include <cmath>

namespace {

struct Sgd {
    double rate, momentum, decay;
    bool nesterov;
};

template <typename T>
void step_sgd(T *p, T *v, const T *g, int64_t count, Sgd sgd) {
    const T rate = sgd.rate, momentum = sgd.momentum, decay = sgd.decay;
    at::parallel_for(0, count, 32768, [=](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; i++) {
            const T gradient = g[i] + decay * p[i];
            v[i] = momentum * v[i] + gradient;
            p[i] -= rate * (sgd.nesterov ? gradient + momentum * v[i] : v[i]);
        }
    });
}

/// Factors of one AdamW step: p *= shrink; p -= rate * m / (sqrt(v) * scale + epsilon); p *= shrink_last.
struct AdamFactors {
    double rate, scale, epsilon, shrink, shrink_last, beta1, beta2;

    explicit AdamFactors(const ctorch_adamw &s) : epsilon(s.epsilon), beta1(s.beta1), beta2(s.beta2) {
        const double first = 1 - std::pow(s.beta1, double(s.step)), second = 1 - std::pow(s.beta2, double(s.step));
        const double keep = 1 - s.rate * s.decay;
        // Kingma, Ba (arXiv:1412.6980), section 2: both orders of the same correction, but for where epsilon goes.
        rate = s.decay_last ? s.rate * std::sqrt(second) / first : s.rate / first;
        scale = s.decay_last ? 1 : 1 / std::sqrt(second);
        shrink = s.decay_last ? 1 : keep;
        shrink_last = s.decay_last ? keep : 1;
    }
};

template <typename T>
void step_adam(T *p, T *m, T *v, const T *g, int64_t count, AdamFactors f) {
    const T rate = f.rate, scale = f.scale, epsilon = f.epsilon, shrink = f.shrink, last = f.shrink_last;
    const T beta1 = f.beta1, beta2 = f.beta2;
    at::parallel_for(0, count, 32768, [=](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; i++) {
            m[i] = beta1 * m[i] + (1 - beta1) * g[i];
            v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
            p[i] = (shrink * p[i] - rate * m[i] / (std::sqrt(v[i]) * scale + epsilon)) * last;
        }
    });
}

bool is_plain(const at::Tensor &p, std::initializer_list<const at::Tensor *> others) {
    if (!p.device().is_cpu() || !p.is_contiguous()) return false;
    for (const at::Tensor *other : others)
        if (!other->is_contiguous() || other->scalar_type() != p.scalar_type()) return false;
    return p.scalar_type() == at::kFloat || p.scalar_type() == at::kDouble;
}

void sgd_one(at::Tensor &p, at::Tensor &v, Sgd sgd) {
    if (!p.grad().defined()) return;
    const at::Tensor g = p.grad().contiguous();
    if (is_plain(p, {&v, &g})) {
        AT_DISPATCH_FLOATING_TYPES(p.scalar_type(), "sgd", [&] {
            step_sgd(p.data_ptr<scalar_t>(), v.data_ptr<scalar_t>(), g.data_ptr<scalar_t>(), p.numel(), sgd);
        });
    } else {
        const at::Tensor gradient = g.add(p, sgd.decay);
        v.mul_(sgd.momentum).add_(gradient);
        p.sub_(sgd.nesterov ? gradient.add(v, sgd.momentum) : v, sgd.rate);
    }
    p.mutable_grad() = at::Tensor();
}

void adam_one(at::Tensor &p, at::Tensor &m, at::Tensor &v, const AdamFactors &f) {
    if (!p.grad().defined()) return;
    const at::Tensor g = p.grad().contiguous();
    if (is_plain(p, {&m, &v, &g})) {
        AT_DISPATCH_FLOATING_TYPES(p.scalar_type(), "adamw", [&] {
            step_adam(p.data_ptr<scalar_t>(), m.data_ptr<scalar_t>(), v.data_ptr<scalar_t>(), g.data_ptr<scalar_t>(),
                      p.numel(), f);
        });
    } else {
        m.mul_(f.beta1).add_(g, 1 - f.beta1);
        v.mul_(f.beta2).addcmul_(g, g, 1 - f.beta2);
        p.mul_(f.shrink).addcdiv_(m, v.sqrt().mul_(f.scale).add_(f.epsilon), -f.rate).mul_(f.shrink_last);
    }
    p.mutable_grad() = at::Tensor();
}

}  // namespace

#endif

int ctorch_gradients(const ctorch_tensor *outputs, const ctorch_tensor *weights, size_t output_count,
                     const ctorch_tensor *inputs, size_t input_count, bool keep_graph, bool differentiable,
                     ctorch_tensor *results)
    CTORCH_DO(
        std::vector<at::Tensor> seeds;
        if (weights != nullptr)
            for (size_t i = 0; i < output_count; i++) seeds.push_back(optional(weights[i]));
        const auto found = torch::autograd::grad(gather(outputs, output_count), gather(inputs, input_count), seeds,
                                                 keep_graph || differentiable, differentiable, true);
        for (size_t i = 0; i < input_count; i++) results[i] = found[i].defined() ? wrap(found[i]) : nullptr)

int ctorch_add_to_grad(ctorch_tensor parameter, ctorch_tensor gradient) CTORCH_DO(
    at::NoGradGuard guard;
    at::Tensor &p = get(parameter);
    const at::Tensor g = get(gradient).to(p.device());
    p.mutable_grad() = p.grad().defined() ? p.grad().add(g) : g.clone())

int ctorch_sgd_step(const ctorch_tensor *parameters, const ctorch_tensor *velocities, size_t count, double rate,
                    double momentum, double decay, bool nesterov)
    CTORCH_DO(
        at::NoGradGuard guard;
        for (size_t i = 0; i < count; i++)
            sgd_one(get(parameters[i]), get(velocities[i]), Sgd{rate, momentum, decay, nesterov}))

int ctorch_adamw_step(const ctorch_tensor *parameters, const ctorch_tensor *means, const ctorch_tensor *squares,
                      size_t count, ctorch_adamw settings)
    CTORCH_DO(
        at::NoGradGuard guard;
        const AdamFactors factors(settings);
        for (size_t i = 0; i < count; i++) adam_one(get(parameters[i]), get(means[i]), get(squares[i]), factors))
