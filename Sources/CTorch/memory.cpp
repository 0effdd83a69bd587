// A training step allocates and frees the same large blocks again and again. By default glibc gives them back to the kernel,
// which then fills every page with zeros when it is touched next: a quarter of the processor time of small networks.
#include "ctorch_memory.h"

#include <cstdlib>
#include <initializer_list>

#ifdef __GLIBC__
#include <malloc.h>
#endif

void ctorch_keep_freed_memory(void) {
#ifdef __GLIBC__
    for (const char *name : {"MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TOP_PAD_"})
        if (std::getenv(name) != nullptr) return;
    mallopt(M_MMAP_THRESHOLD, 32 << 20);  // the largest that glibc takes
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    mallopt(M_TOP_PAD, 64 << 20);
#endif
}
