// Views, selections and joins.
#include "shim.hpp"

int ctorch_reshape(ctorch_tensor tensor, const int64_t *shape, size_t rank, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(get(tensor).reshape(at::IntArrayRef(shape, rank))))

int ctorch_transpose(ctorch_tensor tensor, int64_t first, int64_t second, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(get(tensor).transpose(first, second)))

int ctorch_index_select(ctorch_tensor tensor, int64_t axis, ctorch_tensor index, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(get(tensor).index_select(axis, get(index))))

int ctorch_gather(ctorch_tensor tensor, int64_t axis, ctorch_tensor index, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(get(tensor).gather(axis, get(index))))

int ctorch_slice(ctorch_tensor tensor, int64_t axis, int64_t start, int64_t end, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(get(tensor).slice(axis, start, end)))

int ctorch_cat(const ctorch_tensor *tensors, size_t count, int64_t axis, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(at::cat(gather(tensors, count), axis)))

int ctorch_stack(const ctorch_tensor *tensors, size_t count, int64_t axis, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(at::stack(gather(tensors, count), axis)))
