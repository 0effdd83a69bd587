// Views, rearrangements, creation by rule.
#include "ctorch_layout.h"

#include "shim.hpp"

int ctorch_full(const int64_t *shape, size_t rank, double value, int type, ctorch_tensor *out) CTORCH_DO(
    *out = wrap(at::full(at::IntArrayRef(shape, rank), value, at::TensorOptions().dtype(ctorch_scalar(type)))))

int ctorch_counting(int64_t count, int type, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(at::arange(count, at::TensorOptions().dtype(ctorch_scalar(type)))))

int ctorch_identity(int64_t count, int type, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(at::eye(count, at::TensorOptions().dtype(ctorch_scalar(type)))))

int ctorch_permute(ctorch_tensor a, const int64_t *axes, size_t count, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(get(a).permute(at::IntArrayRef(axes, count))))

int ctorch_expand(ctorch_tensor a, const int64_t *shape, size_t rank, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(get(a).expand(at::IntArrayRef(shape, rank))))

int ctorch_unsqueeze(ctorch_tensor a, int64_t axis, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(get(a).unsqueeze(axis)))
int ctorch_squeeze(ctorch_tensor a, int64_t axis, ctorch_tensor *out) CTORCH_DO(*out = wrap(get(a).squeeze(axis)))

int ctorch_flip(ctorch_tensor a, const int64_t *axes, size_t count, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(get(a).flip(at::IntArrayRef(axes, count))))

int ctorch_pad(ctorch_tensor a, const int64_t *amounts, size_t count, int mode, double value, ctorch_tensor *out)
    CTORCH_DO(
        namespace F = torch::nn::functional;
        auto options = F::PadFuncOptions(std::vector<int64_t>(amounts, amounts + count));
        if (mode == CTORCH_PAD_REFLECT) options.mode(torch::kReflect);
        else if (mode == CTORCH_PAD_REPLICATE) options.mode(torch::kReplicate);
        else options.mode(torch::kConstant).value(value);
        *out = wrap(F::pad(get(a), options)))

int ctorch_one_hot(ctorch_tensor index, int64_t classes, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(at::one_hot(get(index), classes)))

int ctorch_index_add(ctorch_tensor a, int64_t axis, ctorch_tensor index, ctorch_tensor source, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(get(a).index_add(axis, get(index), get(source))))
