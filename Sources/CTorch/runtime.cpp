// Errors, version, threads.
#include "shim.hpp"

#include <string>

static thread_local std::string last_error;

const char *ctorch_last_error(void) { return last_error.c_str(); }

#ifdef CTORCH_STUB

int ctorch_missing() {
    last_error = "libtorch is missing: this program was built without it";
    return CTORCH_MISSING;
}

bool ctorch_is_available(void) { return false; }
const char *ctorch_version(void) { return ""; }
void ctorch_free(ctorch_tensor) {}

#else

#include <ATen/Parallel.h>
#include <torch/version.h>

#include <mutex>

void ctorch_remember(const char *message) { last_error = message; }

bool ctorch_is_available(void) { return true; }
const char *ctorch_version(void) { return TORCH_VERSION; }
void ctorch_free(ctorch_tensor tensor) { delete tensor; }

#endif

int ctorch_set_threads(int count) CTORCH_DO(
    // The inter-operation pool can be sized once per process only.
    static std::once_flag once;
    std::call_once(once, [] { at::set_num_interop_threads(1); });
    at::set_num_threads(count))

int ctorch_get_threads(int *count) CTORCH_DO(*count = at::get_num_threads())

int ctorch_cuda_count(int *count) CTORCH_DO(*count = torch::cuda::is_available() ? torch::cuda::device_count() : 0)

int ctorch_set_recording(bool enabled, bool *previous) CTORCH_DO(
    *previous = at::GradMode::is_enabled();
    at::GradMode::set_enabled(enabled))
