/* PNG and JPEG files in memory, decoded by libpng and libjpeg-turbo. Rows from the top, channels interleaved, 8 bits
 * each. Where the package is built without one of the libraries (CIMAGE_NO_PNG, CIMAGE_NO_JPEG) its calls answer
 * CIMAGE_MISSING. */
#ifndef CIMAGE_H
#define CIMAGE_H

#include <stddef.h>
#include <stdint.h>

enum { CIMAGE_OK = 0, CIMAGE_FAILED = 1, CIMAGE_MISSING = 2 };

typedef struct {
    uint32_t width, height;
    /* 1 grey, 2 grey and alpha, 3 colour, 4 colour and alpha. */
    uint32_t channels;
    /* width * height * channels bytes; freed with cimage_free. */
    uint8_t *pixels;
    /* The library's reason after CIMAGE_FAILED. */
    char message[200];
} cimage;

/* 16-bit samples keep their upper byte; palettes become colours; `max_pixels` bounds width * height. */
int cimage_decode_png(const uint8_t *bytes, size_t count, uint64_t max_pixels, cimage *out);
/* Grey stays grey; everything else becomes colour. */
int cimage_decode_jpeg(const uint8_t *bytes, size_t count, uint64_t max_pixels, cimage *out);
/* Writes an 8-bit PNG; `out->pixels` is then the file, `out->width` its length. */
int cimage_encode_png(const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels, cimage *out);
void cimage_free(cimage *image);

#endif
