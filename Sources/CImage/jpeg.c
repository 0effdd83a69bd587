/* JPEG by libjpeg-turbo's own interface, which reports errors as values. */
#include "cimage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef CIMAGE_NO_JPEG

int cimage_decode_jpeg(const uint8_t *bytes, size_t count, uint64_t max_pixels, cimage *out) {
    (void)bytes, (void)count, (void)max_pixels, (void)out;
    return CIMAGE_MISSING;
}

#else

#include <turbojpeg.h>

static int fail(tjhandle handle, cimage *out, const char *message) {
    snprintf(out->message, sizeof out->message, "%s", message != NULL ? message : tjGetErrorStr2(handle));
    if (handle != NULL) tjDestroy(handle);
    cimage_free(out);
    return CIMAGE_FAILED;
}

int cimage_decode_jpeg(const uint8_t *bytes, size_t count, uint64_t max_pixels, cimage *out) {
    memset(out, 0, sizeof *out);
    tjhandle handle = tjInitDecompress();
    if (handle == NULL) return fail(NULL, out, "the decoder cannot be started");
    int width, height, subsampling, space;
    if (tjDecompressHeader3(handle, bytes, count, &width, &height, &subsampling, &space) != 0)
        return fail(handle, out, NULL);
    if ((uint64_t)width * (uint64_t)height > max_pixels) return fail(handle, out, "the image is larger than the limit");
    if (space == TJCS_CMYK || space == TJCS_YCCK) return fail(handle, out, "CMYK colours; convert the file to RGB");
    out->width = (uint32_t)width;
    out->height = (uint32_t)height;
    out->channels = space == TJCS_GRAY ? 1 : 3;
    out->pixels = malloc((size_t)width * (size_t)height * out->channels);
    if (out->pixels == NULL) return fail(handle, out, "out of memory");
    const int format = space == TJCS_GRAY ? TJPF_GRAY : TJPF_RGB;
    /* Warnings count as errors: a file that ends early would give a picture that is half grey. */
    if (tjDecompress2(handle, bytes, count, out->pixels, width, 0, height, format, 0) != 0)
        return fail(handle, out, NULL);
    tjDestroy(handle);
    return CIMAGE_OK;
}

#endif
