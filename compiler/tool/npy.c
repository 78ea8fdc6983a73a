/* Takes the bytes of a .npy file (versions 1 to 3), gives its elements in a type of ours. */
#include "tool/npy.h"
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- the header: a Python dict with the keys descr, fortran_order, shape --- */

typedef struct Header {
    Arena *arena;
    const char *start, *at, *end;
    const char **reason;
} Header;

static bool header_wrong(Header *h, const char *expected) {
    *h->reason = arena_format(h->arena, "byte %d of its header: %s is expected",
                              (int)(h->at - h->start), expected);
    return false;
}

static void header_blanks(Header *h) {
    while (h->at < h->end && isspace((unsigned char)*h->at))
        h->at++;
}

static bool header_takes(Header *h, char c) {
    header_blanks(h);
    if (h->at >= h->end || *h->at != c) return false;
    h->at++;
    return true;
}

static bool header_string(Header *h, char *out, size_t limit) {
    header_blanks(h);
    char quote = h->at < h->end ? *h->at : '\0';
    if (quote != '\'' && quote != '"') return header_wrong(h, "a string");
    const char *first = ++h->at;
    while (h->at < h->end && *h->at != quote)
        h->at++;
    size_t length = (size_t)(h->at - first);
    if (h->at >= h->end || length >= limit) return h->at = first, header_wrong(h, "a short string");
    memcpy(out, first, length);
    out[length] = '\0';
    h->at++;
    return true;
}

static bool header_word(Header *h, const char *word) {
    size_t length = strlen(word);
    header_blanks(h);
    if ((size_t)(h->end - h->at) < length || strncmp(h->at, word, length) != 0) return false;
    h->at += length;
    return true;
}

static bool header_extent(Header *h, int64_t *extent) {
    int64_t value = 0;
    header_blanks(h);
    if (h->at >= h->end || !isdigit((unsigned char)*h->at)) return header_wrong(h, "an extent");
    for (; h->at < h->end && isdigit((unsigned char)*h->at); h->at++)
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, *h->at - '0', &value))
            return header_wrong(h, "an extent below 2^63");
    if (h->at < h->end && *h->at == 'L') h->at++; /* as Python 2 wrote it */
    *extent = value;
    return true;
}

static bool header_shape(Header *h, Npy *npy) {
    if (!header_takes(h, '(')) return header_wrong(h, "a shape in ( )");
    npy->rank = 0;
    while (!header_takes(h, ')')) {
        if (npy->rank == NPY_RANK_LIMIT) return header_wrong(h, "a shape of at most 32 axes");
        if (!header_extent(h, &npy->shape[npy->rank++])) return false;
        if (header_takes(h, ',')) continue;
        if (npy->rank == 1 && h->at < h->end && *h->at == ')')
            return header_wrong(h, "`,` behind the only extent");
        if (!header_takes(h, ')')) return header_wrong(h, "`,` or `)`");
        break;
    }
    return true;
}

static bool header_type(Header *h, Npy *npy) {
    char text[32];
    header_blanks(h);
    if (h->at < h->end && *h->at == '[') {
        *h->reason = "it holds records (a structured dtype), not numbers";
        return false;
    }
    if (!header_string(h, text, sizeof text)) return false;
    const char *t = text;
    npy->big_endian = *t == '>';
    if (*t && strchr("<>|=", *t)) t++;
    npy->kind = *t;
    npy->size = *t && isdigit((unsigned char)t[1]) && !t[2] ? t[1] - '0' : 0;
    static const char *const known[] = {"f2", "f4", "f8", "i1", "i2", "i4", "i8",
                                        "u1", "u2", "u4", "u8", "b1", "V2"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(t, known[i]) == 0) return true;
    *h->reason = arena_format(
        h->arena, "its dtype '%s' is not a type of the language: convert it with .astype", text);
    return false;
}

static bool header_read(Header *h, Npy *npy) {
    int seen = 0; /* bits: descr, fortran_order, shape */
    if (!header_takes(h, '{')) return header_wrong(h, "`{`");
    while (!header_takes(h, '}')) {
        char key[32];
        if (!header_string(h, key, sizeof key)) return false;
        if (!header_takes(h, ':')) return header_wrong(h, "`:`");
        if (strcmp(key, "descr") == 0) {
            if (!header_type(h, npy)) return false;
            seen |= 1;
        } else if (strcmp(key, "fortran_order") == 0) {
            npy->fortran_order = header_word(h, "True");
            if (!npy->fortran_order && !header_word(h, "False"))
                return header_wrong(h, "True or False");
            seen |= 2;
        } else if (strcmp(key, "shape") == 0) {
            if (!header_shape(h, npy)) return false;
            seen |= 4;
        } else {
            return header_wrong(h, "descr, fortran_order or shape");
        }
        if (header_takes(h, ',')) continue;
        if (!header_takes(h, '}')) return header_wrong(h, "`,` or `}`");
        break;
    }
    if (seen != 7) return header_wrong(h, "each of descr, fortran_order and shape");
    header_blanks(h);
    return h->at == h->end || header_wrong(h, "the end");
}

static bool shape_count(Npy *npy) {
    npy->count = 1;
    for (int i = 0; i < npy->rank; i++)
        if (npy->shape[i] == 0) return npy->count = 0, true;
    for (int i = 0; i < npy->rank; i++)
        if (__builtin_mul_overflow(npy->count, npy->shape[i], &npy->count)) return false;
    return npy->count <= INT64_MAX / 8;
}

bool npy_parse(Arena *arena, const unsigned char *bytes, size_t length, Npy *npy,
               const char **reason) {
    if (length < 10 || memcmp(bytes, "\x93NUMPY", 6) != 0) {
        *reason =
            length == 0 ? "it is empty" : "it is no .npy file (it does not begin with \\x93NUMPY)";
        return false;
    }
    int version = bytes[6];
    if (version < 1 || version > 3) {
        *reason = arena_format(arena, "its format version %d is not known (1 to 3 are)", version);
        return false;
    }
    size_t first = version == 1 ? 10 : 12, header = bytes[8] | (size_t)bytes[9] << 8;
    if (version > 1 && length >= 12) header |= (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24;
    if (length < first || header > length - first) {
        *reason = "it ends inside of its header";
        return false;
    }
    const char *text = (const char *)bytes + first;
    Header h = {arena, text, text, text + header, reason};
    if (!header_read(&h, npy)) return false;
    size_t left = length - first - header;
    if (!shape_count(npy)) {
        *reason = "its shape has more elements than memory can hold";
        return false;
    }
    if ((uint64_t)npy->count * (uint64_t)npy->size != left) {
        *reason = arena_format(arena, "its shape wants %lld bytes of data, and it has %zu",
                               (long long)npy->count * npy->size, left);
        return false;
    }
    npy->data = bytes + first + header;
    return true;
}

const char *npy_type_text(Arena *arena, const Npy *npy) {
    if (npy->kind == 'b') return "bool";
    const char *kind = npy->kind == 'f'   ? "float"
                       : npy->kind == 'i' ? "int"
                       : npy->kind == 'u' ? "uint"
                                          : "void";
    return arena_format(arena, "%s%d", kind, npy->size * 8);
}

/* --- elements --- */

static uint64_t element_bits(const Npy *npy, const unsigned char *from) {
    uint64_t bits = 0;
    for (int i = 0; i < npy->size; i++)
        bits |= (uint64_t)from[npy->big_endian ? npy->size - 1 - i : i] << (8 * i);
    return bits;
}

static bool element_convert(Arena *arena, const Npy *npy, uint64_t bits, Scalar type, void *out,
                            const char **reason) {
    uint16_t small = (uint16_t)bits;
    uint32_t word = (uint32_t)bits;
    double number;
    float single;
    int shift = 64 - 8 * npy->size;
    bool raw = type == SCALAR_BF16 && npy->size == 2 && (npy->kind == 'u' || npy->kind == 'V');
    if (raw) return memcpy(out, &small, 2), true;
    switch (npy->kind) {
    case 'f':
        if (npy->size == 8) memcpy(&number, &bits, 8);
        if (npy->size == 4) memcpy(&single, &word, 4), number = single;
        if (npy->size == 2) number = scalar_load(SCALAR_F16, &small);
        return scalar_store(arena, type, number, out, reason);
    case 'i': /* the shifts carry the sign down */
        return scalar_store_integer(arena, type, (int64_t)(bits << shift) >> shift, out, reason);
    case 'V':
        *reason =
            "its dtype has no name in the file (two bytes of void): only a bf16 input takes that";
        return false;
    default:
        if (npy->kind == 'b' && bits > 1) {
            *reason = "a bool is neither 0 nor 1";
            return false;
        }
        if (bits <= INT64_MAX) return scalar_store_integer(arena, type, (int64_t)bits, out, reason);
        if (scalar_is_float(type)) return scalar_store(arena, type, (double)bits, out, reason);
        *reason = arena_format(arena, "%llu does not fit %s", (unsigned long long)bits,
                               scalar_text(type));
        return false;
    }
}

bool npy_convert(Arena *arena, const Npy *npy, Scalar type, void *out, int64_t *position,
                 const char **reason) {
    size_t width = scalar_size(type);
    bool plain = !npy->big_endian && (!npy->fortran_order || npy->rank < 2) &&
                 (size_t)npy->size == width && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
    bool same = (npy->kind == 'f' && scalar_is_float(type) && type != SCALAR_BF16) ||
                (npy->kind == 'i' && scalar_is_integer(type));
    *position = 0;
    if (plain && same) {
        if (npy->count) memcpy(out, npy->data, (size_t)npy->count * width);
        return true;
    }
    int64_t index[NPY_RANK_LIMIT] = {0}, stride[NPY_RANK_LIMIT], step = 1;
    for (int k = 0; k < npy->rank && npy->count; k++) {
        int axis = npy->fortran_order ? k : npy->rank - 1 - k; /* from the fastest */
        stride[axis] = step;
        step *= npy->shape[axis];
    }
    for (int64_t i = 0, from = 0; i < npy->count; i++) {
        uint64_t bits = element_bits(npy, npy->data + from * npy->size);
        *position = i;
        if (!element_convert(arena, npy, bits, type, (char *)out + (size_t)i * width, reason))
            return false;
        for (int k = npy->rank - 1; k >= 0; k--) { /* the next index, row-major */
            from += stride[k];
            if (++index[k] < npy->shape[k]) break;
            from -= stride[k] * npy->shape[k];
            index[k] = 0;
        }
    }
    return true;
}

/* --- writing --- */

void npy_header(Text *out, Scalar type, int rank, const int64_t *extents) {
    static const char *const names[] = {
        [SCALAR_BOOL] = "|b1", [SCALAR_I32] = "<i4", [SCALAR_I64] = "<i8", [SCALAR_F32] = "<f4",
        [SCALAR_F64] = "<f8",  [SCALAR_F16] = "<f2", [SCALAR_BF16] = "<f4"};
    Text dict = text_new(out->arena);
    text_format(&dict, "{'descr': '%s', 'fortran_order': False, 'shape': (", names[type]);
    for (int i = 0; i < rank; i++)
        text_format(&dict, "%s%lld%s", i ? " " : "", (long long)extents[i],
                    i + 1 < rank || rank == 1 ? "," : "");
    text_add(&dict, "), }");
    while ((dict.length + 11) % 64 != 0) /* the data begins at a multiple of 64 */
        text_add(&dict, " ");
    text_add(&dict, "\n");
    char head[10] = {
        '\x93', 'N', 'U', 'M', 'P', 'Y', 1, 0, (char)(dict.length & 255), (char)(dict.length >> 8)};
    text_add_bytes(out, head, sizeof head);
    text_add_bytes(out, dict.chars, dict.length);
}
