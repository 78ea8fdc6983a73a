/* NumPy's files: .npy arrays, alone or as members of a .npz archive.
 *
 * A file is read as it is (an Npy), then converted to the type that is wanted, exactly or not at
 * all; a float may be rounded to a narrower float. Nothing in a file is believed before it has been
 * checked against the file's size. */
#ifndef TOOL_NPY_H
#define TOOL_NPY_H
#include "graph/graph.h"

enum {
    NPY_RANK_LIMIT = 32
};

typedef struct Npy {
    char
        kind; /* 'b' bool, 'i' signed, 'u' unsigned, 'f' float, 'V' two bytes of NumPy's bfloat16 */
    int size; /* bytes of an element: 1, 2, 4, 8 */
    bool big_endian, fortran_order;
    int rank;
    int64_t shape[NPY_RANK_LIMIT];
    int64_t count;             /* elements */
    const unsigned char *data; /* count * size bytes */
    void *mapped, *allocated;  /* what npy_close gives back */
    size_t mapped_length;
} Npy;

/* place is FILE.npy, FILE.npz:MEMBER, or FILE.npz, which means the member called name. False:
 * *reason says why. */
bool npy_open(Arena *arena, const char *place, const char *name, Npy *npy, const char **reason);
/* The same of bytes in memory, which must outlive it. */
bool npy_parse(Arena *arena, const unsigned char *bytes, size_t length, Npy *npy,
               const char **reason);
void npy_close(Npy *npy);

/* Writes count elements of the type to out, row-major. False: element *position cannot be had,
 * *reason says why. */
bool npy_convert(Arena *arena, const Npy *npy, Scalar type, void *out, int64_t *position,
                 const char **reason);
const char *npy_type_text(Arena *arena, const Npy *npy); /* "float64", "int32", "bool" */

size_t scalar_size(Scalar type); /* bytes as stored */
/* One number as stored, and back; the first says no where the type cannot hold it, in *reason. */
bool scalar_store(Arena *arena, Scalar type, double number, void *out, const char **reason);
double scalar_load(Scalar type, const void *in);
bool scalar_store_integer(Arena *arena, Scalar type, int64_t number, void *out,
                          const char **reason);

/* The bytes before the data of a version 1 .npy file. bf16 is written as float32: see npy_widen. */
void npy_header(Text *out, Scalar type, int rank, const int64_t *extents);
#endif
