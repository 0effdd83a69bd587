/* libtorch behind plain C. Every call returns a status; after a status other than CTORCH_OK the calling thread reads
 * the reason with ctorch_last_error(). No C++ exception crosses this boundary. Handles are owned by the caller, who
 * frees each with ctorch_free(). Built with CTORCH_STUB (no libtorch on the machine) every call answers
 * CTORCH_MISSING.
 */
#ifndef CTORCH_H
#define CTORCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ctorch_tensor_s *ctorch_tensor;

enum { CTORCH_OK = 0, CTORCH_FAILED = 1, CTORCH_MISSING = 2 };

/* Element types. */
enum {
    CTORCH_U8 = 0, CTORCH_I64 = 1, CTORCH_F32 = 2, CTORCH_F64 = 3, CTORCH_BOOL = 4, CTORCH_I8 = 5, CTORCH_I16 = 6,
    CTORCH_I32 = 7, CTORCH_F16 = 8, CTORCH_BF16 = 9
};
/* Devices: the CPU, or the number of a CUDA device. */
enum { CTORCH_CPU = -1 };

/* The reason for the last status other than CTORCH_OK on this thread. Valid until the thread's next call. */
const char *ctorch_last_error(void);
/* True where the shim was built with libtorch. */
bool ctorch_is_available(void);
/* For example "1.13.0"; empty where libtorch is missing. Lives as long as the process. */
const char *ctorch_version(void);
/* Threads of one operation; threads between operations are set to 1 at the first call. */
int ctorch_set_threads(int count);
int ctorch_get_threads(int *count);
/* Gradient recording of this thread; the setting before goes to `previous`. */
int ctorch_set_recording(bool enabled, bool *previous);

/* 0 where libtorch was built without CUDA or finds no device. */
int ctorch_cuda_count(int *count);

/* tensor.cpp: life, shape, raw data */
int ctorch_zeros(const int64_t *shape, size_t rank, int type, ctorch_tensor *out);
int ctorch_from_data(const void *data, size_t bytes, const int64_t *shape, size_t rank, int type, ctorch_tensor *out);
void ctorch_free(ctorch_tensor tensor);
int ctorch_rank(ctorch_tensor tensor, size_t *rank);
int ctorch_shape(ctorch_tensor tensor, int64_t *shape, size_t capacity);
int ctorch_type(ctorch_tensor tensor, int *type);
/* The first element of a contiguous tensor on the CPU, and the size of the data in bytes; an error otherwise. */
int ctorch_data(ctorch_tensor tensor, void **data, size_t *bytes);
int ctorch_item(ctorch_tensor tensor, double *value);
int ctorch_convert(ctorch_tensor tensor, int type, ctorch_tensor *out);
/* A copy on the device, or the tensor itself where it lies there already. */
int ctorch_to_device(ctorch_tensor tensor, int device, ctorch_tensor *out);
/* Moves the values behind this handle to the device; a leaf keeps asking for gradients, which are dropped. */
int ctorch_move(ctorch_tensor tensor, int device);
int ctorch_device(ctorch_tensor tensor, int *device);
/* A copy that owns only its own elements, on the CPU, contiguous. */
int ctorch_contiguous(ctorch_tensor tensor, ctorch_tensor *out);
int ctorch_clone(ctorch_tensor tensor, ctorch_tensor *out);
int ctorch_detach(ctorch_tensor tensor, ctorch_tensor *out);
/* Copies values in place, outside of gradient recording. */
int ctorch_copy(ctorch_tensor into, ctorch_tensor from);
int ctorch_equal(ctorch_tensor a, ctorch_tensor b, bool *equal);

/* autograd.cpp */
int ctorch_set_requires_grad(ctorch_tensor tensor, bool required);
int ctorch_backward(ctorch_tensor loss);
/* The accumulated gradient; *out is NULL where there is none. */
int ctorch_grad(ctorch_tensor tensor, ctorch_tensor *out);
int ctorch_clear_grad(ctorch_tensor tensor);
/* shape.cpp */
int ctorch_reshape(ctorch_tensor tensor, const int64_t *shape, size_t rank, ctorch_tensor *out);
int ctorch_transpose(ctorch_tensor tensor, int64_t first, int64_t second, ctorch_tensor *out);
int ctorch_index_select(ctorch_tensor tensor, int64_t axis, ctorch_tensor index, ctorch_tensor *out);
int ctorch_gather(ctorch_tensor tensor, int64_t axis, ctorch_tensor index, ctorch_tensor *out);
int ctorch_slice(ctorch_tensor tensor, int64_t axis, int64_t start, int64_t end, ctorch_tensor *out);
int ctorch_cat(const ctorch_tensor *tensors, size_t count, int64_t axis, ctorch_tensor *out);
int ctorch_stack(const ctorch_tensor *tensors, size_t count, int64_t axis, ctorch_tensor *out);

/* arithmetic.cpp */
int ctorch_add(ctorch_tensor a, ctorch_tensor b, ctorch_tensor *out);
int ctorch_subtract(ctorch_tensor a, ctorch_tensor b, ctorch_tensor *out);
int ctorch_multiply(ctorch_tensor a, ctorch_tensor b, ctorch_tensor *out);
int ctorch_divide(ctorch_tensor a, ctorch_tensor b, ctorch_tensor *out);
int ctorch_scale(ctorch_tensor a, double factor, double offset, ctorch_tensor *out);
int ctorch_exp(ctorch_tensor a, ctorch_tensor *out);
int ctorch_log(ctorch_tensor a, ctorch_tensor *out);
int ctorch_sum(ctorch_tensor a, ctorch_tensor *out);
int ctorch_sum_axis(ctorch_tensor a, int64_t axis, bool keep, ctorch_tensor *out);
int ctorch_mean(ctorch_tensor a, ctorch_tensor *out);
int ctorch_mean_axis(ctorch_tensor a, int64_t axis, bool keep, ctorch_tensor *out);
int ctorch_argmax(ctorch_tensor a, int64_t axis, ctorch_tensor *out);
int ctorch_matmul(ctorch_tensor a, ctorch_tensor b, ctorch_tensor *out);
int ctorch_addmm(ctorch_tensor bias, ctorch_tensor a, ctorch_tensor b, ctorch_tensor *out);

/* network.cpp. Tensors that may be absent are NULL. */
int ctorch_conv2d(ctorch_tensor input, ctorch_tensor weight, ctorch_tensor bias, int64_t stride, int64_t padding,
                  ctorch_tensor *out);
int ctorch_linear(ctorch_tensor input, ctorch_tensor weight, ctorch_tensor bias, ctorch_tensor *out);
int ctorch_batch_norm(ctorch_tensor input, ctorch_tensor weight, ctorch_tensor bias, ctorch_tensor mean,
                      ctorch_tensor variance, bool training, double momentum, double epsilon, ctorch_tensor *out);
int ctorch_relu(ctorch_tensor a, ctorch_tensor *out);
int ctorch_max_pool2d(ctorch_tensor input, int64_t size, int64_t stride, ctorch_tensor *out);
int ctorch_adaptive_avg_pool2d(ctorch_tensor input, int64_t height, int64_t width, ctorch_tensor *out);
int ctorch_softmax(ctorch_tensor a, int64_t axis, ctorch_tensor *out);
int ctorch_log_softmax(ctorch_tensor a, int64_t axis, ctorch_tensor *out);
/* Mean over the batch of the cross entropy of softmax(input) against class indices. */
int ctorch_cross_entropy(ctorch_tensor input, ctorch_tensor target, ctorch_tensor *out);
/* Mean over the batch of -input[target], input being log probabilities. */
int ctorch_nll(ctorch_tensor input, ctorch_tensor target, ctorch_tensor *out);

/* normpool.cpp: batch norm, ReLU and, where `pool` is true, 2x2 max pooling in one pass (on the CPU; float32 or
 * float64, [N, C, H, W]). Same values as the separate operations up to rounding. In training mode it normalises by the batch and
 * updates the running buffers; otherwise it normalises by the buffers, in one pass only where no gradients are
 * recorded. */
int ctorch_batch_norm_relu(ctorch_tensor input, ctorch_tensor weight, ctorch_tensor bias, ctorch_tensor mean,
                           ctorch_tensor variance, bool training, double momentum, double epsilon, bool pool,
                           ctorch_tensor *out);

#ifdef __cplusplus
}
#endif
#endif
