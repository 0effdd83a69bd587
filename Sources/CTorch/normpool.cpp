// Batch normalisation, ReLU and 2x2 max pooling in one operation.
//
// In a small convolutional network on a CPU these three take more time than the convolutions, because each reads and
// writes the whole activation. Here one channel (all images) is read from memory once, stays in the second-level cache
// for the second pass, and only the pooled result is written. One thread owns a channel, so that the sums do not
// depend on the number of threads. Which of the four values won is found again in the backward pass (first on ties,
// as libtorch does), which is cheaper than storing it.
#include "shim.hpp"

#ifndef CTORCH_STUB

#include <ATen/Parallel.h>

#include <cmath>

namespace {

struct Sizes {
    int64_t images, channels, height, width;
    bool pool;
    int64_t plane() const { return height * width; }
    int64_t output() const { return pool ? (height / 2) * (width / 2) : plane(); }
    int64_t at(int64_t image, int64_t channel) const { return (image * channels + channel) * plane(); }
    int64_t out(int64_t image, int64_t channel) const { return (image * channels + channel) * output(); }
};

namespace plain {
#include "normpool_loops.hpp"
}

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
namespace wide {
#include "normpool_loops.hpp"
}
#pragma clang attribute pop
const bool has_wide = __builtin_cpu_supports("avx2");
#else
namespace wide = plain;
const bool has_wide = false;
#endif

template <typename T>
void forward_all(const at::Tensor &x, const at::Tensor &y, const Sizes &sizes, const at::Tensor &weight,
                 const at::Tensor &bias, const at::Tensor &mean, const at::Tensor &inverse, double epsilon,
                 const at::Tensor &running_mean, const at::Tensor &running_variance, double momentum) {
    const T *px = x.data_ptr<T>(), *pw = weight.data_ptr<T>(), *pb = bias.data_ptr<T>();
    T *py = y.data_ptr<T>(), *pm = running_mean.data_ptr<T>(), *pv = running_variance.data_ptr<T>();
    double *saved_mean = mean.data_ptr<double>(), *saved_inverse = inverse.data_ptr<double>();
    at::parallel_for(0, sizes.channels, 1, [&](int64_t begin, int64_t end) {
        for (int64_t c = begin; c < end; c++) {
            if (has_wide) {
                wide::forward_channel<T>({px, py, pw[c], pb[c], momentum, epsilon, pm + c, pv + c, saved_mean + c,
                                          saved_inverse + c}, sizes, c);
            } else {
                plain::forward_channel<T>({px, py, pw[c], pb[c], momentum, epsilon, pm + c, pv + c, saved_mean + c,
                                           saved_inverse + c}, sizes, c);
            }
        }
    });
}

template <typename T>
void backward_all(const at::Tensor &x, const at::Tensor &g, const at::Tensor &d, const Sizes &sizes,
                  const at::Tensor &weight, const at::Tensor &bias, const at::Tensor &mean, const at::Tensor &inverse,
                  const at::Tensor &d_weight, const at::Tensor &d_bias) {
    const T *px = x.data_ptr<T>(), *pg = g.data_ptr<T>(), *pw = weight.data_ptr<T>(), *pb = bias.data_ptr<T>();
    T *pd = d.data_ptr<T>(), *pdw = d_weight.data_ptr<T>(), *pdb = d_bias.data_ptr<T>();
    const double *pm = mean.data_ptr<double>(), *pi = inverse.data_ptr<double>();
    at::parallel_for(0, sizes.channels, 1, [&](int64_t begin, int64_t end) {
        for (int64_t c = begin; c < end; c++) {
            if (has_wide) {
                wide::backward_channel<T>(px, pg, pd, sizes, c, {pm[c], pi[c], pw[c], pb[c]}, pdw + c, pdb + c);
            } else {
                plain::backward_channel<T>(px, pg, pd, sizes, c, {pm[c], pi[c], pw[c], pb[c]}, pdw + c, pdb + c);
            }
        }
    });
}

/// Evaluation: the same pass with the running statistics in place of the batch's.
template <typename T>
void evaluate_all(const at::Tensor &x, const at::Tensor &y, const Sizes &sizes, const at::Tensor &weight,
                  const at::Tensor &bias, const at::Tensor &mean, const at::Tensor &variance, double epsilon) {
    const T *px = x.data_ptr<T>(), *pw = weight.data_ptr<T>(), *pb = bias.data_ptr<T>();
    const T *pm = mean.data_ptr<T>(), *pv = variance.data_ptr<T>();
    T *py = y.data_ptr<T>();
    at::parallel_for(0, sizes.channels, 1, [&](int64_t begin, int64_t end) {
        for (int64_t c = begin; c < end; c++) {
            const plain::Channel<T> channel(pm[c], 1 / std::sqrt(double(pv[c]) + epsilon), pw[c], pb[c]);
            for (int64_t n = 0; n < sizes.images; n++) {
                const T *from = px + sizes.at(n, c);
                T *to = py + sizes.out(n, c);
                if (has_wide) wide::forward_plane(from, to, sizes, channel.scale, channel.shift);
                else plain::forward_plane(from, to, sizes, channel.scale, channel.shift);
            }
        }
    });
}

Sizes sizes_of(const at::Tensor &x, bool pool) { return {x.size(0), x.size(1), x.size(2), x.size(3), pool}; }

at::Tensor result_of(const at::Tensor &x, const Sizes &sizes) {
    const int64_t factor = sizes.pool ? 2 : 1;
    return at::empty({sizes.images, sizes.channels, sizes.height / factor, sizes.width / factor}, x.options());
}

at::Tensor separate(const at::Tensor &input, const at::Tensor &weight, const at::Tensor &bias, const at::Tensor &mean,
                    const at::Tensor &variance, bool training, double momentum, double epsilon, bool pool) {
    at::Tensor y = at::batch_norm(input, weight, bias, mean, variance, training, momentum, epsilon, false);
    // Pooling first gives the same values, and a quarter of the work for the ReLU.
    return (pool ? at::max_pool2d(y, 2, 2) : y).relu();
}

/// The gradients as a function of everything they depend on, for second derivatives: by the separate operations.
torch::autograd::variable_list differentiable(const at::Tensor &x, const at::Tensor &weight, const at::Tensor &bias,
                                              const at::Tensor &g, double epsilon, bool pool) {
    at::Tensor y = separate(x, weight, bias, {}, {}, true, 0, epsilon, pool);
    std::vector<at::Tensor> inputs;
    for (const at::Tensor &input : {x, weight, bias})
        if (input.requires_grad()) inputs.push_back(input);
    auto found = torch::autograd::grad({y}, inputs, {g}, true, true);
    torch::autograd::variable_list all(8);
    size_t next = 0, place = 0;
    for (const at::Tensor &input : {x, weight, bias}) {
        if (input.requires_grad()) all[place] = found[next++];
        place++;
    }
    return all;
}

class NormPool : public torch::autograd::Function<NormPool> {
public:
    static at::Tensor forward(torch::autograd::AutogradContext *context, const at::Tensor &input,
                              const at::Tensor &weight, const at::Tensor &bias, const at::Tensor &running_mean,
                              const at::Tensor &running_variance, double momentum, double epsilon, bool pool) {
        const at::Tensor &x = input;
        const Sizes sizes = sizes_of(x, pool);
        at::Tensor y = result_of(x, sizes);
        at::Tensor mean = at::empty({sizes.channels}, x.options().dtype(at::kDouble));
        at::Tensor inverse = at::empty_like(mean);
        AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "norm_pool", [&] {
            forward_all<scalar_t>(x, y, sizes, weight, bias, mean, inverse, epsilon, running_mean, running_variance,
                                  momentum);
        });
        context->save_for_backward({x, weight, bias, mean, inverse});
        context->saved_data["pool"] = pool;
        context->saved_data["epsilon"] = epsilon;
        return y;
    }

    static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                   torch::autograd::variable_list gradients) {
        const auto saved = context->get_saved_variables();
        if (at::GradMode::is_enabled()) {
            return differentiable(saved[0], saved[1], saved[2], gradients[0], context->saved_data["epsilon"].toDouble(),
                                  context->saved_data["pool"].toBool());
        }
        const at::Tensor x = saved[0], g = gradients[0].contiguous();
        at::Tensor d = at::empty_like(x), d_weight = at::empty_like(saved[1]), d_bias = at::empty_like(saved[2]);
        const Sizes sizes = sizes_of(x, context->saved_data["pool"].toBool());
        AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "norm_pool_backward", [&] {
            backward_all<scalar_t>(x, g, d, sizes, saved[1], saved[2], saved[3], saved[4], d_weight, d_bias);
        });
        const at::Tensor none;
        return {d, d_weight, d_bias, none, none, none, none, none};
    }
};

void check(const at::Tensor &x, const at::Tensor &other) {
    TORCH_CHECK(x.dim() == 4, "batch_norm_relu needs [N, C, H, W], found shape ", x.sizes());
    TORCH_CHECK(other.scalar_type() == x.scalar_type() && other.is_contiguous() && other.numel() == x.size(1),
                "batch_norm_relu: weights and buffers need the input's element type and ", x.size(1), " values");
}

at::Tensor evaluate(const at::Tensor &input, const at::Tensor &weight, const at::Tensor &bias, const at::Tensor &mean,
                    const at::Tensor &variance, double epsilon, bool pool) {
    if (at::GradMode::is_enabled()) return separate(input, weight, bias, mean, variance, false, 0, epsilon, pool);
    const at::Tensor &x = input;
    const Sizes sizes = sizes_of(x, pool);
    at::Tensor y = result_of(x, sizes);
    AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "norm_pool_evaluate", [&] {
        evaluate_all<scalar_t>(x, y, sizes, weight, bias, mean, variance, epsilon);
    });
    return y;
}

}  // namespace

#endif

int ctorch_batch_norm_relu(ctorch_tensor input, ctorch_tensor weight, ctorch_tensor bias, ctorch_tensor mean,
                           ctorch_tensor variance, bool training, double momentum, double epsilon, bool pool,
                           ctorch_tensor *out)
    CTORCH_DO(
        // Made contiguous here, where it is recorded, so that second derivatives reach the input.
        const at::Tensor x = get(input).contiguous();
        const at::Tensor &w = get(weight), &b = get(bias), &m = get(mean), &v = get(variance);
        for (const at::Tensor &other : {w, b, m, v}) check(x, other);
        if (!x.device().is_cpu()) {
            *out = wrap(separate(x, w, b, m, v, training, momentum, epsilon, pool));
            return;
        }
        *out = wrap(training ? NormPool::apply(x, w, b, m, v, momentum, epsilon, pool)
                             : evaluate(x, w, b, m, v, epsilon, pool)))
