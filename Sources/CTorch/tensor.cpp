// Life, shape and raw data of tensors.
#include "shim.hpp"

#include <cstring>

#ifndef CTORCH_STUB

at::ScalarType ctorch_scalar(int type) {
    switch (type) {
    case CTORCH_U8: return at::kByte;
    case CTORCH_I64: return at::kLong;
    case CTORCH_F32: return at::kFloat;
    case CTORCH_F64: return at::kDouble;
    case CTORCH_BOOL: return at::kBool;
    case CTORCH_I8: return at::kChar;
    case CTORCH_I16: return at::kShort;
    case CTORCH_I32: return at::kInt;
    case CTORCH_F16: return at::kHalf;
    case CTORCH_BF16: return at::kBFloat16;
    default: TORCH_CHECK(false, "element type ", type, " is unknown to the shim");
    }
}

static int type_code(at::ScalarType type) {
    switch (type) {
    case at::kByte: return CTORCH_U8;
    case at::kLong: return CTORCH_I64;
    case at::kFloat: return CTORCH_F32;
    case at::kDouble: return CTORCH_F64;
    case at::kBool: return CTORCH_BOOL;
    case at::kChar: return CTORCH_I8;
    case at::kShort: return CTORCH_I16;
    case at::kInt: return CTORCH_I32;
    case at::kHalf: return CTORCH_F16;
    case at::kBFloat16: return CTORCH_BF16;
    default: TORCH_CHECK(false, "element type ", type, " is unknown to the shim");
    }
}

at::Device ctorch_device_of(int device) {
    return device == CTORCH_CPU ? at::Device(at::kCPU) : at::Device(at::kCUDA, c10::DeviceIndex(device));
}

#endif

int ctorch_zeros(const int64_t *shape, size_t rank, int type, ctorch_tensor *out) CTORCH_DO(
    *out = wrap(at::zeros(at::IntArrayRef(shape, rank), at::TensorOptions().dtype(ctorch_scalar(type)))))

int ctorch_from_data(const void *data, size_t bytes, const int64_t *shape, size_t rank, int type, ctorch_tensor *out)
    CTORCH_DO(
        auto tensor = at::empty(at::IntArrayRef(shape, rank), at::TensorOptions().dtype(ctorch_scalar(type)));
        TORCH_CHECK(tensor.nbytes() == bytes, "shape needs ", tensor.nbytes(), " bytes, data has ", bytes);
        if (bytes > 0) std::memcpy(tensor.data_ptr(), data, bytes);
        *out = wrap(tensor))

int ctorch_rank(ctorch_tensor tensor, size_t *rank) CTORCH_DO(*rank = get(tensor).dim())

int ctorch_shape(ctorch_tensor tensor, int64_t *shape, size_t capacity) CTORCH_DO(
    auto sizes = get(tensor).sizes();
    TORCH_CHECK(sizes.size() <= capacity, "room for ", capacity, " axes, tensor has ", sizes.size());
    std::copy(sizes.begin(), sizes.end(), shape))

int ctorch_type(ctorch_tensor tensor, int *type) CTORCH_DO(*type = type_code(get(tensor).scalar_type()))

int ctorch_data(ctorch_tensor tensor, void **data, size_t *bytes) CTORCH_DO(
    auto &value = get(tensor);
    TORCH_CHECK(value.device().is_cpu() && value.is_contiguous(), "raw access needs a contiguous tensor on the CPU");
    *data = value.data_ptr();
    *bytes = value.nbytes())

int ctorch_item(ctorch_tensor tensor, double *value) CTORCH_DO(*value = get(tensor).item().toDouble())

int ctorch_convert(ctorch_tensor tensor, int type, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(get(tensor).to(ctorch_scalar(type))))

int ctorch_to_device(ctorch_tensor tensor, int device, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(get(tensor).to(ctorch_device_of(device))))

int ctorch_move(ctorch_tensor tensor, int device) CTORCH_DO(
    at::Tensor &value = get(tensor);
    // Another tensor over the same memory would get its own gradients.
    if (value.device() == ctorch_device_of(device)) return;
    const bool required = value.requires_grad();
    value = value.detach().to(ctorch_device_of(device)).set_requires_grad(required))

int ctorch_device(ctorch_tensor tensor, int *device) CTORCH_DO(
    const at::Device found = get(tensor).device();
    TORCH_CHECK(found.is_cpu() || found.is_cuda(), "a tensor lies on a device unknown to the shim: ", found);
    *device = found.is_cpu() ? CTORCH_CPU : found.index())

int ctorch_contiguous(ctorch_tensor tensor, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(get(tensor).to(at::kCPU).contiguous()))
int ctorch_clone(ctorch_tensor tensor, ctorch_tensor *out) CTORCH_DO(*out = wrap(get(tensor).clone()))
int ctorch_detach(ctorch_tensor tensor, ctorch_tensor *out) CTORCH_DO(*out = wrap(get(tensor).detach()))

int ctorch_copy(ctorch_tensor into, ctorch_tensor from) CTORCH_DO(
    at::NoGradGuard guard;
    TORCH_CHECK(get(into).sizes() == get(from).sizes(), "copy from shape ", get(from).sizes(), " into shape ",
                get(into).sizes());
    get(into).copy_(get(from)))

int ctorch_equal(ctorch_tensor a, ctorch_tensor b, bool *equal) CTORCH_DO(*equal = at::equal(get(a), get(b)))
