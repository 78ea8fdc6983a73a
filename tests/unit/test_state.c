/* The runtime's states: their memory, and files that are written whole or not at all and read
 * whole or not at all: damaged in every way, of something else, on a full disk, in the middle of a
 * kill. */
#include "steelyard.h"
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Too much memory is no error of this program. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) {
    return "allocator_may_return_null=1";
}

typedef struct Sample { /* what a small training holds */
    steelyard_state base;
    size_t f;
    float w[3];
    double m;
    int64_t t;
    uint16_t half[2];
    unsigned char keep[2];
    int32_t none[1]; /* of which 0 are saved */
} Sample;

static const Sample filled = {.base = {.is_ready = 1, .steps = 300},
                              .f = 3,
                              .w = {1.5f, -2.0f, 0.0f},
                              .m = 0.1,
                              .t = -7,
                              .half = {0x3c00, 0xfc00},
                              .keep = {0, 1}};

/* In a folder of its own, that the test's process leaves behind in the system's one. */
static const char *path_new(void) {
    static char folder[] = "/tmp/steelyard-state-XXXXXX", path[64];
    cr_assert(mkdtemp(folder), "no folder: %s", strerror(errno));
    snprintf(path, sizeof path, "%s/a.state", folder);
    return path;
}

static void path_remove(const char *path) {
    char folder[64];
    unlink(path);
    snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
    cr_expect_eq(rmdir(folder), 0, "something was left in %s", folder);
}

static int save(const Sample *s, const char *path, steelyard_call *call) {
    sy_state_file file;
    sy_save_begin(&file, path, "sample", &s->base, call);
    sy_save_size(&file, "f", (int64_t)s->f);
    sy_save_array(&file, "w[f]", "f32", (int64_t)s->f, s->w);
    sy_save_array(&file, "m", "f64", 1, &s->m);
    sy_save_array(&file, "t", "i64", 1, &s->t);
    sy_save_array(&file, "half[k]", "bf16", 2, s->half);
    sy_save_array(&file, "keep[k]", "bool", 2, s->keep);
    sy_save_array(&file, "none[e]", "i32", 0, s->none);
    return sy_save_end(&file);
}

static int load(Sample *s, const char *path, steelyard_call *call) {
    sy_state_file file;
    sy_load_begin(&file, path, "sample", &s->base, call);
    size_t f = sy_load_held_size(&file, "f", s->f);
    if (sy_load_is_first(&file)) sy_load_placed(&file, f <= 3 ? STEELYARD_OK : STEELYARD_MEMORY);
    sy_load_array(&file, "w[f]", "f32", (int64_t)f, s->w);
    sy_load_array(&file, "m", "f64", 1, &s->m);
    sy_load_array(&file, "t", "i64", 1, &s->t);
    sy_load_array(&file, "half[k]", "bf16", 2, s->half);
    sy_load_array(&file, "keep[k]", "bool", 2, s->keep);
    sy_load_array(&file, "none[e]", "i32", 0, s->none);
    return sy_load_end(&file);
}

static size_t read_bytes(const char *path, char *bytes, size_t room) {
    FILE *file = fopen(path, "rb");
    size_t length = file ? fread(bytes, 1, room, file) : 0;
    if (file) fclose(file);
    return length;
}

static void write_bytes(const char *path, const char *bytes, size_t length) {
    FILE *file = fopen(path, "wb");
    cr_assert(file && fwrite(bytes, 1, length, file) == length && fclose(file) == 0, "%s: %s", path,
              strerror(errno));
}

/* Refused, with the sentence, and nothing is changed. */
static void expect_refused(const char *path, int status, const char *said) {
    Sample s = filled, before = s;
    steelyard_call call = {0};
    char text[300];
    int found = load(&s, path, &call);
    steelyard_describe(found, &call, text, sizeof text);
    cr_expect_eq(found, status, "%s: %s", path, text);
    cr_expect(strstr(text, said), "%s is not said, but: %s", said, text);
    cr_expect_eq(memcmp(&s, &before, sizeof s), 0);
    cr_expect_eq(load(&s, path, NULL), status);
}

Test(state, what_is_saved_is_loaded) {
    const char *path = path_new();
    Sample s = {.f = 0};
    cr_assert_eq(save(&filled, path, NULL), STEELYARD_OK);
    cr_assert_eq(load(&s, path, NULL), STEELYARD_OK);
    s.f = 3;
    cr_expect_eq(memcmp(&s, &filled, sizeof s), 0);
    Sample nan = filled;
    nan.w[1] = sy_from_bits_f32(0xffc12345u); /* bits are kept, whatever they mean */
    cr_assert_eq(save(&nan, path, NULL), STEELYARD_OK);
    cr_assert_eq(load(&s, path, NULL), STEELYARD_OK);
    cr_expect_eq(sy_bits_f32(s.w[1]), 0xffc12345u);
    path_remove(path);
}

Test(state, a_file_has_these_bytes_on_every_machine) {
    const char *path = path_new();
    static const char expected[] = "steelyard state 1\nmodel sample\nsteps 300\nsize f 3\n"
                                   "array w[f] f32 3\n\0\0\xc0\x3f\0\0\0\xc0\0\0\0\0\n"
                                   "array m f64 1\n\x9a\x99\x99\x99\x99\x99\xb9\x3f\n"
                                   "array t i64 1\n\xf9\xff\xff\xff\xff\xff\xff\xff\n"
                                   "array half[k] bf16 2\n\x00\x3c\x00\xfc\n"
                                   "array keep[k] bool 2\n\0\1\narray none[e] i32 0\n\nend ";
    char bytes[1000];
    save(&filled, path, NULL);
    size_t length = read_bytes(path, bytes, sizeof bytes), body = sizeof expected - 1;
    cr_assert_eq(length, body + 9);
    cr_expect_eq(memcmp(bytes, expected, body), 0);
    cr_expect_eq(memcmp(bytes + body, "ea1dcd52\n", 9), 0, "%.9s", bytes + body); /* zlib.crc32 */
    path_remove(path);
}

Test(state, cut_anywhere_it_is_refused) {
    const char *path = path_new();
    char bytes[1000];
    save(&filled, path, NULL);
    size_t length = read_bytes(path, bytes, sizeof bytes);
    for (size_t cut = 0; cut < length; cut++) {
        write_bytes(path, bytes, cut);
        expect_refused(path, STEELYARD_FORMAT, cut < 16 ? "no state of a training" : "");
    }
    bytes[length] = '\n';
    write_bytes(path, bytes, length + 1);
    expect_refused(path, STEELYARD_FORMAT, "its end is missing");
    path_remove(path);
}

Test(state, a_bit_changed_anywhere_it_is_refused) {
    const char *path = path_new();
    char bytes[1000];
    save(&filled, path, NULL);
    size_t length = read_bytes(path, bytes, sizeof bytes);
    for (size_t at = 0; at < length; at++) {
        bytes[at] ^= (char)(1 << at % 8);
        write_bytes(path, bytes, length);
        expect_refused(path, STEELYARD_FORMAT, "");
        bytes[at] ^= (char)(1 << at % 8);
    }
    path_remove(path);
}

static int save_other(const char *path, const char *model, const char *size, const char *array,
                      const char *type, int64_t count, int arrays) {
    sy_state_file file;
    sy_save_begin(&file, path, model, &filled.base, NULL);
    sy_save_size(&file, size, count);
    for (int i = 0; i < arrays; i++)
        sy_save_array(&file, array, type, count, "0123456789012345678901234567890123456789");
    return sy_save_end(&file);
}

static int load_other(const char *path, steelyard_call *call, int32_t *w, size_t held, bool ready) {
    steelyard_state base = {.is_ready = ready};
    sy_state_file file;
    sy_load_begin(&file, path, "sample", &base, call);
    size_t f = sy_load_held_size(&file, "f", held);
    if (sy_load_is_first(&file)) sy_load_placed(&file, STEELYARD_OK);
    sy_load_array(&file, "w[f]", "i32", (int64_t)f, w);
    return sy_load_end(&file);
}

Test(state, a_file_of_something_else_is_refused_with_the_reason) {
    static const struct {
        const char *model, *size, *array, *type;
        int arrays, status;
        const char *said;
    } cases[] = {
        {"sample", "f", "w[f]", "i32", 1, STEELYARD_OK, "ok"},
        {"sampler", "f", "w[f]", "i32", 1, STEELYARD_FORMAT, "it is of another model"},
        {"sampl", "f", "w[f]", "i32", 1, STEELYARD_FORMAT, "it is of another model"},
        {"sample", "g", "w[f]", "i32", 1, STEELYARD_FORMAT, "f: no such size"},
        {"sample", "f", "w[g]", "i32", 1, STEELYARD_FORMAT, "w[f]: the file holds something else"},
        {"sample", "f", "w[f]", "f32", 1, STEELYARD_FORMAT, "w[f]: the file holds something else"},
        {"sample", "f", "w[f]", "i32", 0, STEELYARD_FORMAT, "w[f]: the file holds something else"},
        {"sample", "f", "w[f]", "i32", 2, STEELYARD_FORMAT, "it holds more than"},
    };
    const char *path = path_new();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int32_t w[4] = {1, 2, 3, 4};
        steelyard_call call = {0};
        char text[300];
        cr_assert_eq(save_other(path, cases[i].model, cases[i].size, cases[i].array, cases[i].type,
                                2, cases[i].arrays),
                     STEELYARD_OK);
        int status = load_other(path, &call, w, 2, true);
        steelyard_describe(status, &call, text, sizeof text);
        cr_expect_eq(status, cases[i].status);
        cr_expect(strstr(text, cases[i].said), "%s", text);
        cr_expect_eq(w[0], status == STEELYARD_OK ? 0x33323130 : 1);
    }
    int32_t w[4] = {1, 2, 3, 4};
    steelyard_call call = {0};
    save_other(path, "sample", "f", "w[f]", "i32", 2, 1);
    cr_expect_eq(load_other(path, &call, w, 3, true), STEELYARD_SIZE);
    cr_expect(strcmp(call.name, "f") == 0 && call.integer == 2 && w[0] == 1);
    cr_expect_eq(load_other(path, &call, w, 3, false), STEELYARD_OK); /* it takes the file's */
    write_bytes(path, "steelyard state 2\n", 18);
    expect_refused(path, STEELYARD_FORMAT, "another version");
    path_remove(path);
}

Test(state, extras_are_passed_over_or_read) {
    const char *path = path_new();
    sy_state_file file;
    size_t count;
    int32_t w[2] = {0};
    sy_save_begin(&file, path, "sample", &filled.base, NULL);
    sy_save_size(&file, "f", 1);
    sy_save_array(&file, "w[f]", "i32", 1, "abcd");
    sy_save_extra(&file, "notes", "a\nb", 3);
    sy_save_extra(&file, "more", "", 0);
    cr_assert_eq(sy_save_end(&file), STEELYARD_OK);
    cr_expect_eq(load_other(path, NULL, w, 0, false), STEELYARD_OK);
    cr_expect_eq(w[0], 0x64636261);
    steelyard_state base = {0};
    sy_load_begin(&file, path, "sample", &base, NULL);
    sy_load_size(&file, "f", 1);
    sy_load_array(&file, "w[f]", "i32", 1, w);
    cr_expect_null(sy_load_extra(&file, "more", &count));
    const void *notes = sy_load_extra(&file, "notes", &count);
    cr_expect(notes && count == 3 && memcmp(notes, "a\nb", 3) == 0);
    cr_expect(sy_load_extra(&file, "more", &count) && count == 0);
    cr_expect_null(sy_load_extra(&file, "more", &count));
    cr_expect_eq(sy_load_end(&file), STEELYARD_OK);
    cr_expect(base.is_ready && base.steps == 300);
    path_remove(path);
}

static void expect_unwritable(const char *path, int status, int reason, const char *said) {
    steelyard_call call = {0};
    char text[300];
    int found = save(&filled, path, &call);
    steelyard_describe(found, &call, text, sizeof text);
    cr_expect_eq(found, status);
    cr_expect_eq(call.integer, reason, "%s", text);
    cr_expect(strstr(text, said), "%s", text);
    cr_expect_eq(save(&filled, path, NULL), status);
}

Test(state, what_cannot_be_opened_says_why) {
    expect_unwritable("/dev/full", STEELYARD_FILE, ENOSPC, "/dev/full: No space left");
    expect_unwritable("/nowhere/a.state", STEELYARD_FILE, ENOENT, "No such file");
    expect_unwritable("/tmp", STEELYARD_FILE, EISDIR, "Is a directory");
    expect_unwritable(NULL, STEELYARD_NULL_POINTER, 0, "path is NULL");
    expect_refused("/nowhere/a.state", STEELYARD_FILE, "No such file");
    expect_refused("/tmp", STEELYARD_FILE, "Is a directory");
    expect_refused("/dev/zero", STEELYARD_FILE, "Invalid argument");
    expect_refused(NULL, STEELYARD_NULL_POINTER, "path is NULL");
    cr_expect_eq(save(&filled, "/dev/null", NULL), STEELYARD_OK);
}

Test(state, a_full_disk_leaves_the_last_good_file) {
    const char *path = path_new();
    static const float many[100000];
    char before[1000], after[1000];
    cr_assert_eq(save(&filled, path, NULL), STEELYARD_OK);
    size_t length = read_bytes(path, before, sizeof before);
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit, old;
    getrlimit(RLIMIT_FSIZE, &old);
    limit = (struct rlimit){100000, old.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
    sy_state_file file;
    steelyard_call call = {0};
    sy_save_begin(&file, path, "sample", &filled.base, &call);
    sy_save_array(&file, "w[f]", "f32", 100000, many);
    int status = sy_save_end(&file);
    setrlimit(RLIMIT_FSIZE, &old);
    cr_expect(status == STEELYARD_FILE && call.integer == EFBIG);
    cr_expect_eq(read_bytes(path, after, sizeof after), length);
    cr_expect_eq(memcmp(before, after, length), 0);
    path_remove(path); /* and nothing else is left there */
}

Test(state, a_kill_leaves_the_last_good_file) {
    const char *path = path_new();
    Sample s = {.f = 0};
    cr_assert_eq(save(&filled, path, NULL), STEELYARD_OK);
    pid_t child = fork();
    if (child == 0) {
        static const float many[100000];
        sy_state_file file;
        sy_save_begin(&file, path, "sample", &filled.base, NULL);
        sy_save_array(&file, "w[f]", "f32", 100000, many);
        kill(getpid(), SIGKILL);
    }
    int ended;
    waitpid(child, &ended, 0);
    cr_expect(WIFSIGNALED(ended));
    cr_expect_eq(load(&s, path, NULL), STEELYARD_OK);
    cr_expect_eq(save(&filled, path, NULL), STEELYARD_OK); /* what it left is in nobody's way */
    char left[100];
    snprintf(left, sizeof left, "%.*s/.tmp-%ld-0-a.state", (int)(strrchr(path, '/') - path), path,
             (long)child);
    cr_expect_eq(unlink(left), 0);
    path_remove(path);
}

Test(state, links_and_permissions_stay) {
    const char *path = path_new();
    char link[100];
    struct stat about;
    snprintf(link, sizeof link, "%s.link", path);
    cr_assert_eq(symlink("a.state", link), 0); /* to what is not there yet */
    cr_expect_eq(save(&filled, link, NULL), STEELYARD_OK);
    cr_expect(lstat(link, &about) == 0 && S_ISLNK(about.st_mode));
    chmod(path, 0640);
    cr_expect_eq(save(&filled, link, NULL), STEELYARD_OK);
    cr_expect(lstat(path, &about) == 0 && S_ISREG(about.st_mode) && (about.st_mode & 0777) == 0640);
    unlink(link);
    cr_assert_eq(symlink("a.state.link", link), 0); /* to itself */
    steelyard_call call = {0};
    cr_expect_eq(save(&filled, link, &call), STEELYARD_FILE);
    cr_expect_eq(call.integer, ELOOP);
    unlink(link);
    path_remove(path);
}

Test(state, memory_is_the_callers_or_its_own) {
    steelyard_state s = {0};
    steelyard_call call = {0};
    _Alignas(64) unsigned char room[256];
    cr_expect_eq(sy_state_check(&s, &call), STEELYARD_STATE);
    cr_expect_eq(sy_state_place(&s, SIZE_MAX, &call), STEELYARD_OVERFLOW);
    cr_expect(sy_state_place(&s, 0, &call) == STEELYARD_OK && s.memory == NULL);
    cr_expect_eq(sy_state_place(&s, SIZE_MAX / 4 & ~(size_t)63, &call), STEELYARD_MEMORY);
    cr_expect_eq(sy_state_place(&s, 128, &call), STEELYARD_OK);
    cr_expect(s.is_allocated && s.memory_size == 128 && sy_state_memory(&s) == s.memory);
    cr_expect_eq(sy_state_place(&s, 64, &call), STEELYARD_OK);
    cr_expect_eq(sy_state_place(&s, 192, &call), STEELYARD_WORKSPACE);
    cr_expect_eq(call.integer, 192);
    sy_state_begin(&s);
    sy_state_stepped(&s);
    cr_expect(s.is_ready && s.steps == 1 && sy_state_check(&s, NULL) == STEELYARD_OK);
    sy_state_free(&s);
    cr_expect(!s.memory && !s.is_ready && !s.is_allocated);
    sy_state_free(&s);
    s = (steelyard_state){.memory = room, .memory_size = sizeof room};
    cr_expect_eq(sy_state_place(&s, 256, &call), STEELYARD_OK);
    cr_expect_eq(sy_state_place(&s, 320, &call), STEELYARD_WORKSPACE);
    sy_state_free(&s);
    cr_expect(s.memory == room && s.memory_size == 256);
    s = (steelyard_state){.memory = room + 8, .memory_size = 248};
    cr_expect_eq(sy_state_place(&s, 64, &call), STEELYARD_WORKSPACE);
}
