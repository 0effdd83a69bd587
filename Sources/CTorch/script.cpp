// TorchScript modules, and lists of named tensors.
#include "ctorch_script.h"

#include "shim.hpp"

#ifndef CTORCH_STUB

#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/script.h>

#include <string>

struct ctorch_script_s {
    torch::jit::Module module;
};

struct ctorch_list_s {
    std::vector<std::string> names;
    std::vector<at::Tensor> tensors;

    void add(std::string name, at::Tensor tensor) {
        names.push_back(std::move(name));
        tensors.push_back(std::move(tensor));
    }
};

static ctorch_list listed(const c10::IValue &value) {
    auto list = std::make_unique<ctorch_list_s>();
    const auto add = [&](std::string name, const c10::IValue &item) {
        TORCH_CHECK(item.isTensor(), "the method returned ", item.tagKind(), " where a tensor was expected");
        list->add(std::move(name), item.toTensor());
    };
    if (value.isTensor()) {
        add("", value);
    } else if (value.isTuple()) {
        for (const auto &item : value.toTupleRef().elements()) add("", item);
    } else if (value.isTensorList()) {
        for (const at::Tensor &item : value.toTensorVector()) list->add("", item);
    } else if (value.isList()) {
        for (const c10::IValue &item : value.toListRef()) add("", item);
    } else if (value.isGenericDict()) {
        for (const auto &entry : value.toGenericDict()) add(entry.key().toStringRef(), entry.value());
    } else {
        TORCH_CHECK(false, "the method returned ", value.tagKind(), "; tensors were expected");
    }
    return list.release();
}

void ctorch_list_free(ctorch_list list) { delete list; }
void ctorch_script_free(ctorch_script script) { delete script; }

#else

void ctorch_list_free(ctorch_list) {}
void ctorch_script_free(ctorch_script) {}

#endif

int ctorch_list_count(ctorch_list list, size_t *count) CTORCH_DO(*count = list->tensors.size())
int ctorch_list_name(ctorch_list list, size_t index, const char **name)
    CTORCH_DO(*name = list->names.at(index).c_str())
int ctorch_list_tensor(ctorch_list list, size_t index, ctorch_tensor *out)
    CTORCH_DO(*out = wrap(list->tensors.at(index)))

int ctorch_script_load(const char *path, int device, ctorch_script *out)
    CTORCH_DO(*out = new ctorch_script_s{torch::jit::load(path, ctorch_device_of(device))})

int ctorch_script_move(ctorch_script script, int device) CTORCH_DO(script->module.to(ctorch_device_of(device)))

int ctorch_script_set_training(ctorch_script script, bool training) CTORCH_DO(script->module.train(training))

int ctorch_script_call(ctorch_script script, const char *method, const ctorch_tensor *inputs, size_t count,
                       ctorch_list *out)
    CTORCH_DO(
        const auto found = script->module.find_method(method);
        TORCH_CHECK(found.has_value(), "the module has no method ", method);
        std::vector<c10::IValue> values;
        for (size_t i = 0; i < count; i++) values.emplace_back(get(inputs[i]));
        // The optimiser would make one autograd node of the whole module after a few calls, and then one output
        // (logits) no longer depends on another one (features), whose gradient is asked for.
        const torch::jit::GraphOptimizerEnabledGuard plain(false);
        *out = listed((*found)(values)))

int ctorch_script_parameters(ctorch_script script, bool buffers, ctorch_list *out) CTORCH_DO(
    auto list = std::make_unique<ctorch_list_s>();
    if (buffers) {
        for (const auto &item : script->module.named_buffers()) list->add(item.name, item.value);
    } else {
        for (const auto &item : script->module.named_parameters()) list->add(item.name, item.value);
    }
    *out = list.release())
