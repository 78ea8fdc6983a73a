/* In place of zlib, for a compiler that is built for another machine and reads .npy files only. */
#include <zlib.h>

int inflateInit2_(z_streamp stream, int bits, const char *version, int size) {
    (void)stream, (void)bits, (void)version, (void)size;
    return Z_VERSION_ERROR;
}

int inflate(z_streamp stream, int flush) {
    (void)stream, (void)flush;
    return Z_STREAM_ERROR;
}

int inflateEnd(z_streamp stream) {
    (void)stream;
    return Z_OK;
}

uLong crc32(uLong sum, const Bytef *bytes, uInt length) {
    (void)bytes, (void)length;
    return sum;
}
