/* TorchScript modules (torch.jit.save), and lists of named tensors. */
#ifndef CTORCH_SCRIPT_H
#define CTORCH_SCRIPT_H

#include "ctorch.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ctorch_script_s *ctorch_script;
typedef struct ctorch_list_s *ctorch_list;

/* Lists: tensors with names, which may be empty. Items are new handles, owned by the caller. */
int ctorch_list_count(ctorch_list list, size_t *count);
/* The name lives as long as the list. */
int ctorch_list_name(ctorch_list list, size_t index, const char **name);
int ctorch_list_tensor(ctorch_list list, size_t index, ctorch_tensor *out);
void ctorch_list_free(ctorch_list list);

int ctorch_script_load(const char *path, int device, ctorch_script *out);
void ctorch_script_free(ctorch_script script);
/* Tensors of the module that were handed out before stay where they were. */
int ctorch_script_move(ctorch_script script, int device);
int ctorch_script_set_training(ctorch_script script, bool training);
/* Calls a method with tensors. A tensor, a tuple or list of tensors, or a dictionary from text to tensors comes back as
 * a list; names are the dictionary's keys, or empty. */
int ctorch_script_call(ctorch_script script, const char *method, const ctorch_tensor *inputs, size_t count,
                       ctorch_list *out);
/* The module's own parameters (or buffers): changing them changes the module. */
int ctorch_script_parameters(ctorch_script script, bool buffers, ctorch_list *out);

#ifdef __cplusplus
}
#endif
#endif
