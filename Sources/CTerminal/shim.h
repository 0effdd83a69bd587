// The size of the terminal: ioctl is variadic, which Swift can not call.
#ifndef HYPERSCHED_CTERMINAL_SHIM_H
#define HYPERSCHED_CTERMINAL_SHIM_H

#include <sys/ioctl.h>

// 1 and the size in characters, or 0 where `descriptor` is no terminal or does not know its size.
static inline int cterminal_size(int descriptor, int *columns, int *rows) {
    struct winsize size;
    if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return 0;
    *columns = size.ws_col;
    *rows = size.ws_row;
    return 1;
}

#endif
