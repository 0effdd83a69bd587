/* One step of an optimiser over a list of parameters, and gradients as values. */
#ifndef CTORCH_OPTIMISER_H
#define CTORCH_OPTIMISER_H

#include "ctorch.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The gradients of the sum of `outputs` (each weighted by its entry of `weights`, where that is not NULL) with respect to
 * `inputs`. With `differentiable` they can be differentiated again. An input that no output depends on gets NULL. */
int ctorch_gradients(const ctorch_tensor *outputs, const ctorch_tensor *weights, size_t output_count,
                     const ctorch_tensor *inputs, size_t input_count, bool keep_graph, bool differentiable,
                     ctorch_tensor *results);
/* Adds to the gradient that the optimiser will read. */
int ctorch_add_to_grad(ctorch_tensor parameter, ctorch_tensor gradient);

/* One step of SGD with momentum over `count` parameters: g = grad + decay * p; v = momentum * v + g;
 * p = p - rate * v, with Nesterov's form p = p - rate * (g + momentum * v).
 * Parameters without a gradient are left alone. Gradients are cleared. */
int ctorch_sgd_step(const ctorch_tensor *parameters, const ctorch_tensor *velocities, size_t count, double rate,
                    double momentum, double decay, bool nesterov);

typedef struct {
    double rate, beta1, beta2, epsilon, decay;
    /* The form of transformers.AdamW: epsilon is added before the bias correction, the decay comes after the step.
     * Otherwise that of torch.optim.AdamW. */
    bool decay_last;
    /* Number of this step, from 1. */
    int64_t step;
} ctorch_adamw;

int ctorch_adamw_step(const ctorch_tensor *parameters, const ctorch_tensor *means, const ctorch_tensor *squares,
                      size_t count, ctorch_adamw settings);

#ifdef __cplusplus
}
#endif
#endif
