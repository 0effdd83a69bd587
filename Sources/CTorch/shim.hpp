// What the shim's files share: the handle, the guard that turns exceptions into statuses, and the stub build.
#pragma once

#include "ctorch.h"

#ifdef CTORCH_STUB

/// The body of every call where the package is built without libtorch.
#define CTORCH_DO(...) { return ctorch_missing(); }
int ctorch_missing();

#else

#include <torch/torch.h>

#include <optional>
#include <vector>

struct ctorch_tensor_s {
    at::Tensor value;
};

void ctorch_remember(const char *message);

/// The body of a call: runs the statements and turns an exception into a status and a remembered message.
#define CTORCH_DO(...) { return ctorch_guarded([&] { __VA_ARGS__; }); }

template <typename Body>
int ctorch_guarded(Body &&body) noexcept {
    try {
        body();
        return CTORCH_OK;
    } catch (const c10::Error &error) {
        ctorch_remember(error.what_without_backtrace());
    } catch (const std::exception &error) {
        ctorch_remember(error.what());
    } catch (...) {
        ctorch_remember("unknown C++ exception");
    }
    return CTORCH_FAILED;
}

inline at::Tensor &get(ctorch_tensor handle) {
    TORCH_CHECK(handle != nullptr, "a tensor handle is NULL");
    return handle->value;
}

at::ScalarType ctorch_scalar(int type);
at::Device ctorch_device_of(int device);

/// An undefined tensor for NULL: libtorch's way to leave out an optional argument.
inline at::Tensor optional(ctorch_tensor handle) {
    return handle == nullptr ? at::Tensor() : handle->value;
}

inline ctorch_tensor wrap(at::Tensor value) {
    return new ctorch_tensor_s{std::move(value)};
}

inline std::vector<at::Tensor> gather(const ctorch_tensor *handles, size_t count) {
    std::vector<at::Tensor> values;
    values.reserve(count);
    for (size_t i = 0; i < count; i++) values.push_back(get(handles[i]));
    return values;
}

#endif
