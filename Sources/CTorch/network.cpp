// The operations of convolutional networks and their losses.
#include "shim.hpp"

int ctorch_conv2d(ctorch_tensor input, ctorch_tensor weight, ctorch_tensor bias, int64_t stride, int64_t padding,
                  ctorch_tensor *out)
    CTORCH_DO(*out = wrap(at::conv2d(get(input), get(weight), optional(bias), stride, padding)))

int ctorch_linear(ctorch_tensor input, ctorch_tensor weight, ctorch_tensor bias, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(at::linear(get(input), get(weight), optional(bias))))

int ctorch_batch_norm(ctorch_tensor input, ctorch_tensor weight, ctorch_tensor bias, ctorch_tensor mean,
                      ctorch_tensor variance, bool training, double momentum, double epsilon, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(at::batch_norm(get(input), optional(weight), optional(bias), optional(mean),
                                         optional(variance), training, momentum, epsilon, false)))

int ctorch_relu(ctorch_tensor a, ctorch_tensor *out) CTORCH_DO(*out = wrap(at::relu(get(a))))

int ctorch_max_pool2d(ctorch_tensor input, int64_t size, int64_t stride, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(at::max_pool2d(get(input), size, stride)))

int ctorch_adaptive_avg_pool2d(ctorch_tensor input, int64_t height, int64_t width, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(at::adaptive_avg_pool2d(get(input), {height, width})))

int ctorch_softmax(ctorch_tensor a, int64_t axis, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(at::softmax(get(a), axis)))

int ctorch_log_softmax(ctorch_tensor a, int64_t axis, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(at::log_softmax(get(a), axis)))

int ctorch_cross_entropy(ctorch_tensor input, ctorch_tensor target, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(at::cross_entropy_loss(get(input), get(target))))

int ctorch_nll(ctorch_tensor input, ctorch_tensor target, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(at::nll_loss(get(input), get(target))))
