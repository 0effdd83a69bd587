/* PNG by libpng. Errors leave libpng by longjmp, and this file by a status. */
#include "cimage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void cimage_free(cimage *image) {
    free(image->pixels);
    image->pixels = NULL;
}

#ifdef CIMAGE_NO_PNG

int cimage_decode_png(const uint8_t *bytes, size_t count, uint64_t max_pixels, cimage *out) {
    (void)bytes, (void)count, (void)max_pixels, (void)out;
    return CIMAGE_MISSING;
}

int cimage_encode_png(const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels, cimage *out) {
    (void)pixels, (void)width, (void)height, (void)channels, (void)out;
    return CIMAGE_MISSING;
}

#else

#include <png.h>

typedef struct {
    const uint8_t *bytes;
    size_t left;
} source;

static void read_bytes(png_structp png, png_bytep into, size_t count) {
    source *from = png_get_io_ptr(png);
    if (count > from->left) png_error(png, "the file ends early");
    memcpy(into, from->bytes, count);
    from->bytes += count;
    from->left -= count;
}

static void fail(png_structp png, png_const_charp message) {
    cimage *out = png_get_error_ptr(png);
    snprintf(out->message, sizeof out->message, "%s", message);
    png_longjmp(png, 1);
}

static void ignore(png_structp png, png_const_charp message) { (void)png, (void)message; }

static void read_header(png_structp png, png_infop info, uint64_t max_pixels, cimage *out) {
    png_read_info(png, info);
    out->width = png_get_image_width(png, info);
    out->height = png_get_image_height(png, info);
    if ((uint64_t)out->width * out->height > max_pixels) png_error(png, "the image is larger than the limit");
    png_set_expand(png);    /* palettes and 1, 2, 4 bits to 8 bits; transparent colours to alpha */
    png_set_strip_16(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
    out->channels = png_get_channels(png, info);
}

int cimage_decode_png(const uint8_t *bytes, size_t count, uint64_t max_pixels, cimage *out) {
    memset(out, 0, sizeof *out);
    source from = {bytes, count};
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, out, fail, ignore);
    if (png == NULL) return CIMAGE_FAILED;
    png_infop info = png_create_info_struct(png);
    png_bytep *volatile rows = NULL;
    if (info == NULL || setjmp(png_jmpbuf(png))) {
        png_destroy_read_struct(&png, &info, NULL);
        free(rows);
        cimage_free(out);
        return CIMAGE_FAILED;
    }
    png_set_read_fn(png, &from, read_bytes);
    read_header(png, info, max_pixels, out);
    const size_t stride = png_get_rowbytes(png, info);
    out->pixels = malloc(stride * out->height);
    rows = malloc(sizeof(png_bytep) * out->height);
    if (out->pixels == NULL || rows == NULL) png_error(png, "out of memory");
    for (uint32_t row = 0; row < out->height; row++) rows[row] = out->pixels + row * stride;
    png_read_image(png, rows);
    png_read_end(png, NULL);
    png_destroy_read_struct(&png, &info, NULL);
    free(rows);
    return CIMAGE_OK;
}

int cimage_encode_png(const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels, cimage *out) {
    static const uint32_t formats[] = {0, PNG_FORMAT_GRAY, PNG_FORMAT_GA, PNG_FORMAT_RGB, PNG_FORMAT_RGBA};
    memset(out, 0, sizeof *out);
    if (channels < 1 || channels > 4) return CIMAGE_FAILED;
    png_image image = {.version = PNG_IMAGE_VERSION, .width = width, .height = height, .format = formats[channels]};
    png_alloc_size_t size = 0;
    if (png_image_write_to_memory(&image, NULL, &size, 0, pixels, 0, NULL)) {
        out->pixels = malloc(size);
        if (out->pixels != NULL && png_image_write_to_memory(&image, out->pixels, &size, 0, pixels, 0, NULL)) {
            out->width = (uint32_t)size;
            return CIMAGE_OK;
        }
    }
    snprintf(out->message, sizeof out->message, "%s", image.message);
    cimage_free(out);
    return CIMAGE_FAILED;
}

#endif
