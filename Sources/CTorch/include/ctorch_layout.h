/* Views and rearrangements beyond shape.cpp; creation by rule. */
#ifndef CTORCH_LAYOUT_H
#define CTORCH_LAYOUT_H

#include "ctorch.h"

#ifdef __cplusplus
extern "C" {
#endif

int ctorch_full(const int64_t *shape, size_t rank, double value, int type, ctorch_tensor *out);
/* 0, 1, ..., count - 1 */
int ctorch_counting(int64_t count, int type, ctorch_tensor *out);
int ctorch_identity(int64_t count, int type, ctorch_tensor *out);
int ctorch_permute(ctorch_tensor a, const int64_t *axes, size_t count, ctorch_tensor *out);
int ctorch_expand(ctorch_tensor a, const int64_t *shape, size_t rank, ctorch_tensor *out);
int ctorch_unsqueeze(ctorch_tensor a, int64_t axis, ctorch_tensor *out);
int ctorch_squeeze(ctorch_tensor a, int64_t axis, ctorch_tensor *out);
int ctorch_flip(ctorch_tensor a, const int64_t *axes, size_t count, ctorch_tensor *out);
/* Pads pairwise from the last axis backwards. */
enum { CTORCH_PAD_CONSTANT = 0, CTORCH_PAD_REFLECT = 1, CTORCH_PAD_REPLICATE = 2 };
int ctorch_pad(ctorch_tensor a, const int64_t *amounts, size_t count, int mode, double value, ctorch_tensor *out);
int ctorch_one_hot(ctorch_tensor index, int64_t classes, ctorch_tensor *out);
/* a with source added along an axis at `index` (one axis, int64). */
int ctorch_index_add(ctorch_tensor a, int64_t axis, ctorch_tensor index, ctorch_tensor source, ctorch_tensor *out);

#ifdef __cplusplus
}
#endif
#endif
