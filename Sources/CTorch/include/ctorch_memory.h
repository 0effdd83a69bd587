/* How the process's memory is managed. */
#ifndef CTORCH_MEMORY_H
#define CTORCH_MEMORY_H

#ifdef __cplusplus
extern "C" {
#endif

/* Keeps freed memory in the process, up to 1 GiB, for the next allocations. Does nothing where MALLOC_* variables of the
 * environment say how to allocate, or where the C library is not glibc. */
void ctorch_keep_freed_memory(void);

#ifdef __cplusplus
}
#endif
#endif
