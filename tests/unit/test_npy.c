/* NumPy files: what is read is what was written; what is damaged is refused with a reason. */
#include "tool/npy.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

typedef struct Bytes {
    unsigned char chars[4096];
    size_t length;
} Bytes;

static void add(Bytes *bytes, const void *chars, size_t length) {
    memcpy(bytes->chars + bytes->length, chars, length);
    bytes->length += length;
}

static void add_number(Bytes *bytes, uint64_t number, int size) {
    for (int i = 0; i < size; i++)
        add(bytes, &(unsigned char){i < 8 ? (unsigned char)(number >> (8 * i)) : 0}, 1);
}

static Bytes npy_file(int version, const char *header, const void *data, size_t length) {
    Bytes file = {0};
    add(&file, "\x93NUMPY", 6);
    add_number(&file, (uint64_t)version, 1);
    add_number(&file, 0, 1);
    add_number(&file, strlen(header), version == 1 ? 2 : 4);
    add(&file, header, strlen(header));
    add(&file, data, length);
    return file;
}

/* A zip archive of one member. */
static Bytes zip_file(const char *name, const Bytes *member, int method) {
    Bytes zip = {0}, packed = {0};
    uint32_t checksum = (uint32_t)crc32(0, member->chars, (uInt)member->length);
    if (method == 8) {
        z_stream stream = {.next_in = (Bytef *)member->chars, .avail_in = (uInt)member->length};
        stream.next_out = packed.chars;
        stream.avail_out = sizeof packed.chars;
        deflateInit2(&stream, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
        deflate(&stream, Z_FINISH);
        packed.length = stream.total_out;
        deflateEnd(&stream);
    } else {
        packed = *member;
    }
    for (int directory = 0; directory < 2; directory++) {
        size_t start = zip.length;
        add_number(&zip, directory ? 0x02014b50 : 0x04034b50, 4);
        if (directory) add_number(&zip, 20, 2);
        add_number(&zip, 20, 2);
        add_number(&zip, 0, 2);
        add_number(&zip, (uint64_t)method, 2);
        add_number(&zip, 0, 4);
        add_number(&zip, checksum, 4);
        add_number(&zip, packed.length, 4);
        add_number(&zip, member->length, 4);
        add_number(&zip, strlen(name), 2);
        add_number(&zip, 0, directory ? 16 : 2); /* the local header lies at 0 */
        add(&zip, name, strlen(name));
        if (!directory) add(&zip, packed.chars, packed.length);
        if (!directory) continue;
        size_t length = zip.length - start;
        add_number(&zip, 0x06054b50, 4);
        add_number(&zip, 0, 4);
        add_number(&zip, 1, 2);
        add_number(&zip, 1, 2);
        add_number(&zip, length, 4);
        add_number(&zip, start, 4);
        add_number(&zip, 0, 2);
    }
    return zip;
}

static bool refused(const Bytes *file, const char *part) {
    Arena *arena = arena_new();
    Npy npy = {0};
    const char *reason = "";
    bool read = npy_parse(arena, file->chars, file->length, &npy, &reason);
    bool good = !read && strstr(reason, part);
    if (!good) cr_log_error("%s instead of: %s", read ? "read" : reason, part);
    arena_free(arena);
    return good;
}

#define HEADER(descr, fortran, shape)                                                              \
    "{'descr': '" descr "', 'fortran_order': " fortran ", 'shape': " shape ", }\n"

Test(npy, reads_every_version) {
    float values[] = {1, 2.5f, -3};
    for (int version = 1; version <= 3; version++) {
        Arena *arena = arena_new();
        Bytes file = npy_file(version, HEADER("<f4", "False", "(3,)"), values, sizeof values);
        Npy npy = {0};
        const char *reason = NULL;
        int64_t position;
        float read[3];
        cr_assert(npy_parse(arena, file.chars, file.length, &npy, &reason), "%s", reason);
        cr_assert_eq(npy.rank, 1);
        cr_assert_eq(npy.shape[0], 3);
        cr_assert(npy_convert(arena, &npy, SCALAR_F32, read, &position, &reason));
        cr_assert(memcmp(read, values, sizeof values) == 0);
        arena_free(arena);
    }
}

Test(npy, turns_bytes_and_axes_around) {
    Arena *arena = arena_new();
    /* big-endian i2, Fortran order: columns of [[1, 2, 3], [4, 5, -6]] */
    unsigned char data[] = {0, 1, 0, 4, 0, 2, 0, 5, 0, 3, 0xff, 0xfa};
    Bytes file = npy_file(1, HEADER(">i2", "True", "(2, 3)"), data, sizeof data);
    Npy npy = {0};
    const char *reason = NULL;
    int64_t position, read[6], wanted[] = {1, 2, 3, 4, 5, -6};
    cr_assert(npy_parse(arena, file.chars, file.length, &npy, &reason), "%s", reason);
    cr_assert(npy_convert(arena, &npy, SCALAR_I64, read, &position, &reason));
    cr_assert(memcmp(read, wanted, sizeof wanted) == 0);
    arena_free(arena);
}

static bool converts(const char *header, const void *data, size_t length, Scalar type,
                     const char *part) {
    Arena *arena = arena_new();
    Bytes file = npy_file(1, header, data, length);
    Npy npy = {0};
    const char *reason = "";
    int64_t position = 0;
    char out[64];
    cr_assert(npy_parse(arena, file.chars, file.length, &npy, &reason), "%s", reason);
    bool good = npy_convert(arena, &npy, type, out, &position, &reason);
    bool expected = part ? !good && strstr(reason, part) : good;
    if (!expected) cr_log_error("%s", good ? "converted" : reason);
    arena_free(arena);
    return expected;
}

Test(npy, converts_exactly_or_says_no) {
    double whole[] = {3, -4}, half[] = {3, 0.5}, huge[] = {1, 1e300}, endless[] = {1, INFINITY};
    const char *f8 = HEADER("<f8", "False", "(2,)");
    cr_expect(converts(f8, whole, 16, SCALAR_I32, NULL));
    cr_expect(converts(f8, half, 16, SCALAR_I32, "not whole"));
    cr_expect(converts(f8, half, 16, SCALAR_F32, NULL));
    cr_expect(converts(f8, huge, 16, SCALAR_F32, "too large"));
    cr_expect(converts(f8, huge, 16, SCALAR_I64, "does not fit"));
    cr_expect(converts(f8, endless, 16, SCALAR_F16, NULL));
    cr_expect(converts(f8, whole, 16, SCALAR_BOOL, "no bool"));
    int64_t wide[] = {1, 1ll << 40};
    cr_expect(converts(HEADER("<i8", "False", "(2,)"), wide, 16, SCALAR_I32, "does not fit"));
    cr_expect(converts(HEADER("<i8", "False", "(2,)"), wide, 16, SCALAR_F32, NULL));
    unsigned char bools[] = {0, 1}, no_bools[] = {0, 7};
    cr_expect(converts(HEADER("|b1", "False", "(2,)"), bools, 2, SCALAR_BOOL, NULL));
    cr_expect(converts(HEADER("|u1", "False", "(2,)"), bools, 2, SCALAR_BOOL, NULL));
    cr_expect(
        converts(HEADER("|b1", "False", "(2,)"), no_bools, 2, SCALAR_BOOL, "neither 0 nor 1"));
    uint64_t most[] = {UINT64_MAX};
    cr_expect(converts(HEADER("<u8", "False", "(1,)"), most, 8, SCALAR_I64, "does not fit"));
}

Test(npy, rounds_to_small_floats) {
    Arena *arena = arena_new();
    struct {
        double number;
        uint16_t half, brain;
    } cases[] = {{0, 0, 0},
                 {-0.0, 0x8000, 0x8000},
                 {1, 0x3c00, 0x3f80},
                 {65504, 0x7bff, 0x4780},
                 {1.0 / 3, 0x3555, 0x3eab},
                 {5.960464477539063e-08, 1, 0x3380},
                 {1.00048828125, 0x3c00, 0x3f80},
                 {1.00146484375, 0x3c02, 0x3f80},
                 {-INFINITY, 0xfc00, 0xff80}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint16_t half, brain;
        const char *reason;
        cr_assert(scalar_store(arena, SCALAR_F16, cases[i].number, &half, &reason));
        cr_assert(scalar_store(arena, SCALAR_BF16, cases[i].number, &brain, &reason));
        cr_expect_eq(half, cases[i].half, "%g is f16 %04x", cases[i].number, half);
        cr_expect_eq(brain, cases[i].brain, "%g is bf16 %04x", cases[i].number, brain);
    }
    for (int bits = 0; bits < 0x7c00; bits++) { /* every half is itself */
        uint16_t half = (uint16_t)bits, back;
        const char *reason;
        cr_assert(scalar_store(arena, SCALAR_F16, scalar_load(SCALAR_F16, &half), &back, &reason));
        cr_assert_eq(back, half);
    }
    arena_free(arena);
}

Test(npy, refuses_damage) {
    float values[6] = {0};
    struct {
        const char *header;
        size_t length;
        const char *reason;
    } cases[] = {
        {HEADER("<f4", "False", "(7,)"), 24, "wants 28 bytes"},
        {HEADER("<f4", "False", "(5,)"), 24, "it has 24"},
        {HEADER("<f4", "False", "(9223372036854775807, 3)"), 24, "more elements than memory"},
        {HEADER("<f4", "False", "(99999999999999999999,)"), 24, "below 2^63"},
        {HEADER("<f4", "False", "(-6,)"), 24, "an extent is expected"},
        {HEADER("<f4", "Maybe", "(6,)"), 24, "True or False"},
        {HEADER("<c8", "False", "(3,)"), 24, "'<c8' is not a type"},
        {HEADER("|O", "False", "(3,)"), 24, "'|O' is not a type"},
        {"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (6,), }", 24, "records"},
        {"{'descr': '<f4', 'fortran_order': False, }", 24, "each of"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (6,), 'more': 1}", 24,
         "descr, fortran_order or shape"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (6,)", 24, "`,` or `}`"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (6), }", 24, "behind the only extent"},
        {"{'descr': '<f4", 24, "a short string"},
        {"", 0, "`{`"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Bytes file = npy_file(1, cases[i].header, values, cases[i].length);
        cr_expect(refused(&file, cases[i].reason));
    }
    Bytes file = npy_file(1, HEADER("<f4", "False", "(6,)"), values, 24);
    Bytes wrong = file;
    wrong.chars[6] = 9;
    cr_expect(refused(&wrong, "version 9"));
    wrong.chars[0] = 'X';
    cr_expect(refused(&wrong, "no .npy file"));
    for (size_t length = 0; length < file.length; length++) {
        Bytes cut = file;
        cut.length = length;
        cr_assert(refused(&cut, ""));
    }
}

Test(npy, empty_and_scalar_shapes) {
    Arena *arena = arena_new();
    Npy npy = {0};
    const char *reason = NULL;
    Bytes empty = npy_file(1, HEADER("<f8", "False", "(0, 9223372036854775807, 5)"), "", 0);
    cr_assert(npy_parse(arena, empty.chars, empty.length, &npy, &reason), "%s", reason);
    cr_assert_eq(npy.count, 0);
    double pi = 3.25;
    Bytes scalar = npy_file(1, HEADER("<f8", "False", "()"), &pi, 8);
    cr_assert(npy_parse(arena, scalar.chars, scalar.length, &npy, &reason), "%s", reason);
    cr_assert_eq(npy.rank, 0);
    cr_assert_eq(npy.count, 1);
    arena_free(arena);
}

Test(npy, header_reads_back) {
    Arena *arena = arena_new();
    int64_t extents[] = {2, 1, 3};
    for (int rank = 0; rank <= 3; rank++) {
        Text text = text_new(arena);
        npy_header(&text, SCALAR_I32, rank, extents);
        cr_assert_eq(text.length % 64, 0);
        int64_t count = rank == 0 ? 1 : rank == 3 ? 6 : 2;
        text_add_bytes(&text, (const char[24]){0}, (size_t)count * 4);
        Npy npy = {0};
        const char *reason = NULL;
        cr_assert(npy_parse(arena, (unsigned char *)text.chars, text.length, &npy, &reason), "%s",
                  reason);
        cr_assert_eq(npy.rank, rank);
        cr_assert_eq(npy.count, count);
    }
    arena_free(arena);
}

static const char *file_of(const Bytes *bytes, const char *suffix) {
    static char path[64];
    snprintf(path, sizeof path, "/tmp/steelyard-test-XXXXXX%s", suffix);
    int file = mkstemps(path, (int)strlen(suffix));
    cr_assert(write(file, bytes->chars, bytes->length) == (ssize_t)bytes->length);
    close(file);
    return path;
}

static bool archive_opens(const Bytes *zip, const char *member, const char **reason) {
    Arena *arena = arena_new();
    const char *path = file_of(zip, ".npz"), *place = arena_format(arena, "%s:%s", path, member);
    Npy npy;
    static char kept[200];
    bool good = npy_open(arena, place, "other", &npy, reason);
    if (good) cr_assert_eq(npy.count, 6);
    if (!good) snprintf(kept, sizeof kept, "%s", *reason), *reason = kept;
    npy_close(&npy);
    unlink(path);
    arena_free(arena);
    return good;
}

Test(npz, members_stored_and_deflated) {
    float values[6] = {1, 2, 3, 4, 5, 6};
    Bytes file = npy_file(1, HEADER("<f4", "False", "(6,)"), values, 24);
    const char *reason = NULL;
    for (int method = 0; method <= 8; method += 8) {
        Bytes zip = zip_file("x.npy", &file, method);
        cr_expect(archive_opens(&zip, "x", &reason), "%s", reason);
        cr_expect(!archive_opens(&zip, "y", &reason));
        cr_expect(strstr(reason, "it has x"), "%s", reason);
    }
    Bytes odd = zip_file("x.npy", &file, 0);
    odd.chars[8] = odd.chars[odd.length - 22 - 51 + 10] = 12; /* bzip2 */
    cr_expect(!archive_opens(&odd, "x", &reason));
}

Test(npz, any_damaged_byte_is_harmless) {
    float values[6] = {1, 2, 3, 4, 5, 6};
    Bytes file = npy_file(1, HEADER("<f4", "False", "(6,)"), values, 24);
    const char *reason = NULL;
    for (int method = 0; method <= 8; method += 8) {
        Bytes zip = zip_file("x.npy", &file, method);
        for (size_t i = 0; i < zip.length; i += 3) {
            Bytes damaged = zip, cut = zip;
            damaged.chars[i] ^= 0xff;
            archive_opens(&damaged, "x", &reason);
            cut.length = i;
            cr_assert(!archive_opens(&cut, "x", &reason));
        }
    }
}
