/* The state of a training: where its arrays lie, and its file. In: what generated code says of
 * sizes and arrays, one call each; out: a file that is there as a whole or as it was before, or
 * arrays read from one, all of them or none.
 *
 * A file is lines of text, and after a line that says so the values themselves, row-major, their
 * bytes from the lowest to the highest whatever the machine:
 *
 *     steelyard state 1
 *     model regression
 *     steps 300
 *     size f 20
 *     array w[f] f32 20        then 80 bytes and a newline
 *     extra NAME 12            then 12 bytes and a newline: other programs' notes, passed over
 *     end 89abcdef             the CRC-32 of everything before this line
 */
#define _POSIX_C_SOURCE 200809L
#include "steelyard_state.h"
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int sy_state_fail(steelyard_call *call, int status, const char *name, int64_t integer,
                         const char *detail) {
    if (call != NULL) {
        call->name = name;
        call->position = 0;
        call->value = 0;
        call->integer = integer;
        call->detail = detail;
    }
    return status;
}

/* --- memory --- */

SY_STATE_API int sy_state_place(steelyard_state *state, size_t bytes, steelyard_call *call) {
    if (bytes == SIZE_MAX)
        return sy_state_fail(call, STEELYARD_OVERFLOW, NULL, 0, "the state would be too large");
    if (bytes == 0) return STEELYARD_OK;
    if (state->memory == NULL) {
        state->memory = aligned_alloc(64, bytes);
        if (state->memory == NULL)
            return sy_state_fail(call, STEELYARD_MEMORY, NULL, (int64_t)bytes,
                                 "bytes of state could not be allocated");
        state->memory_size = bytes;
        state->is_allocated = 1;
    }
    if (state->memory_size < bytes || ((uintptr_t)state->memory & 63u) != 0)
        return sy_state_fail(call, STEELYARD_WORKSPACE, NULL, (int64_t)bytes,
                             "bytes are needed for the state, aligned to 64");
    return STEELYARD_OK;
}

SY_STATE_API void *sy_state_memory(const steelyard_state *state) {
    return state->memory;
}

SY_STATE_API void sy_state_begin(steelyard_state *state) {
    state->is_ready = 1;
    state->steps = 0;
}

SY_STATE_API void sy_state_stepped(steelyard_state *state) {
    state->steps += 1;
}

SY_STATE_API void sy_state_free(steelyard_state *state) {
    if (state->is_allocated) {
        free(state->memory);
        state->memory = NULL;
        state->memory_size = 0;
    }
    state->is_allocated = state->is_ready = 0;
    state->steps = 0;
}

SY_STATE_API int sy_state_check(const steelyard_state *state, steelyard_call *call) {
    if (state->is_ready) return STEELYARD_OK;
    return sy_state_fail(call, STEELYARD_STATE, "state", 0, NULL);
}

/* --- what both directions need --- */

/* The bytes of one element; 0: no type of an array. */
static size_t sy_state_width(const char *type) {
    if (strcmp(type, "f64") == 0 || strcmp(type, "i64") == 0) return 8;
    if (strcmp(type, "f32") == 0 || strcmp(type, "i32") == 0) return 4;
    if (strcmp(type, "f16") == 0 || strcmp(type, "bf16") == 0) return 2;
    return strcmp(type, "bool") == 0 ? 1 : 0;
}

/* One element, from the lowest byte to the highest. */
static void sy_state_to_bytes(unsigned char *to, const unsigned char *from, size_t width) {
    uint16_t two;
    uint32_t four;
    uint64_t eight = *from;
    if (width == 2) eight = (memcpy(&two, from, 2), two);
    if (width == 4) eight = (memcpy(&four, from, 4), four);
    if (width == 8) memcpy(&eight, from, 8);
    for (size_t i = 0; i < width; i++)
        to[i] = (unsigned char)(eight >> (8 * i));
}

static void sy_state_from_bytes(unsigned char *to, const unsigned char *from, size_t width) {
    uint64_t eight = 0;
    for (size_t i = 0; i < width; i++)
        eight |= (uint64_t)from[i] << (8 * i);
    uint16_t two = (uint16_t)eight;
    uint32_t four = (uint32_t)eight;
    if (width == 1) *to = (unsigned char)eight;
    if (width == 2) memcpy(to, &two, 2);
    if (width == 4) memcpy(to, &four, 4);
    if (width == 8) memcpy(to, &eight, 8);
}

/* CRC-32 as zlib and PNG have it, half a byte at a time; starts from 0. */
static uint32_t sy_state_checksum(uint32_t before, const unsigned char *bytes, size_t count) {
    static const uint32_t table[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
                                       0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
                                       0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                       0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
    uint32_t sum = ~before;
    for (size_t i = 0; i < count; i++) {
        sum ^= bytes[i];
        sum = sum >> 4 ^ table[sum & 15];
        sum = sum >> 4 ^ table[sum & 15];
    }
    return ~sum;
}

static void sy_state_refuse(sy_state_file *file, int status, const char *name, int64_t integer,
                            const char *detail) {
    if (file->status == STEELYARD_OK)
        file->status = sy_state_fail(file->call, status, name, integer, detail);
}

/* The system's words for what it would not do. */
static void sy_state_stopped(sy_state_file *file) {
    sy_state_refuse(file, STEELYARD_FILE, file->path, errno != 0 ? errno : EIO, NULL);
}

static sy_state_file *sy_state_open(sy_state_file *file, const char *path, steelyard_call *call) {
    memset(file, 0, sizeof *file);
    file->path = path;
    file->call = call;
    file->file = -1;
    errno = 0;
    if (path == NULL) sy_state_refuse(file, STEELYARD_NULL_POINTER, "path", 0, NULL);
    return file;
}

/* --- writing --- */

/* Where links lead; NULL: no memory, or they never end. */
static char *sy_state_follow(const char *path) {
    char *now = strdup(path), *target = malloc(4096);
    for (int links = 0; now != NULL && target != NULL; links++) {
        ssize_t length = readlink(now, target, 4095);
        if (length < 0) {
            free(target);
            return now;
        }
        target[length] = '\0';
        const char *slash = target[0] == '/' ? NULL : strrchr(now, '/');
        size_t folder = slash != NULL ? (size_t)(slash - now) + 1 : 0;
        char *next = links < 40 ? malloc(folder + (size_t)length + 1) : NULL;
        if (next != NULL) {
            memcpy(next, now, folder);
            memcpy(next + folder, target, (size_t)length + 1);
        }
        free(now);
        now = next;
        errno = next == NULL && links >= 40 ? ELOOP : ENOMEM;
    }
    free(target);
    free(now);
    return NULL;
}

/* A new file beside the one that it will replace: FOLDER/.tmp-PID-I-NAME. */
static void sy_state_new_file(sy_state_file *file) {
    const char *slash = strrchr(file->final, '/');
    int folder = slash != NULL ? (int)(slash - file->final) + 1 : 0;
    size_t room = strlen(file->final) + 64;
    file->temporary = malloc(room);
    if (file->temporary == NULL) return;
    for (int i = 0; i < 1000; i++) {
        snprintf(file->temporary, room, "%.*s.tmp-%ld-%d-%s", folder, file->final, (long)getpid(),
                 i, file->final + folder);
        file->file = open(file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (file->file >= 0 || errno != EEXIST) break;
    }
    if (file->file >= 0) return;
    free(file->temporary);
    file->temporary = NULL;
}

static void sy_state_create(sy_state_file *file) {
    struct stat about;
    file->final = sy_state_follow(file->path);
    if (file->final == NULL) {
        sy_state_stopped(file);
        return;
    }
    bool is_there = stat(file->final, &about) == 0;
    if (is_there && !S_ISREG(about.st_mode)) /* a device or a pipe cannot be replaced */
        file->file = open(file->final, O_WRONLY | O_CLOEXEC);
    else
        sy_state_new_file(file);
    if (file->file < 0)
        sy_state_stopped(file);
    else if (is_there && file->temporary != NULL) /* the permissions that it had */
        (void)!fchmod(file->file, about.st_mode & 07777);
}

static void sy_state_flush(sy_state_file *file) {
    const unsigned char *bytes = file->buffer;
    for (size_t left = file->used; left > 0 && file->status == STEELYARD_OK;) {
        ssize_t done = write(file->file, bytes, left);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) {
            sy_state_stopped(file);
        } else {
            bytes += done;
            left -= (size_t)done;
        }
    }
    file->used = 0;
}

/* `count` elements of `width` bytes each. */
static void sy_state_put(sy_state_file *file, const void *values, size_t count, size_t width) {
    const unsigned char *from = (const unsigned char *)values;
    for (size_t i = 0; i < count && file->status == STEELYARD_OK; i++) {
        if (file->used + width > sizeof file->buffer) sy_state_flush(file);
        unsigned char *to = file->buffer + file->used;
        sy_state_to_bytes(to, from + i * width, width);
        file->checksum = sy_state_checksum(file->checksum, to, width);
        file->used += width;
    }
}

static void sy_state_put_text(sy_state_file *file, const char *text) {
    sy_state_put(file, text, strlen(text), 1);
}

/* " 300\n" */
static void sy_state_put_number(sy_state_file *file, int64_t number) {
    char text[32];
    snprintf(text, sizeof text, " %lld\n", (long long)number);
    sy_state_put_text(file, text);
}

SY_STATE_API void sy_save_begin(sy_state_file *file, const char *path, const char *model,
                                const steelyard_state *state, steelyard_call *call) {
    sy_state_open(file, path, call);
    if (file->status == STEELYARD_OK) sy_state_create(file);
    sy_state_put_text(file, "steelyard state 1\nmodel ");
    sy_state_put_text(file, model);
    sy_state_put_text(file, "\nsteps");
    sy_state_put_number(file, state->steps);
}

SY_STATE_API void sy_save_size(sy_state_file *file, const char *name, int64_t size) {
    sy_state_put_text(file, "size ");
    sy_state_put_text(file, name);
    sy_state_put_number(file, size);
}

SY_STATE_API void sy_save_array(sy_state_file *file, const char *name, const char *type,
                                int64_t count, const void *values) {
    sy_state_put_text(file, "array ");
    sy_state_put_text(file, name);
    sy_state_put_text(file, " ");
    sy_state_put_text(file, type);
    sy_state_put_number(file, count);
    sy_state_put(file, values, (size_t)count, sy_state_width(type));
    sy_state_put_text(file, "\n");
}

SY_STATE_API void sy_save_extra(sy_state_file *file, const char *name, const void *bytes,
                                size_t count) {
    sy_state_put_text(file, "extra ");
    sy_state_put_text(file, name);
    sy_state_put_number(file, (int64_t)count);
    sy_state_put(file, bytes, count, 1);
    sy_state_put_text(file, "\n");
}

SY_STATE_API int sy_save_end(sy_state_file *file) {
    char end[16];
    snprintf(end, sizeof end, "end %08lx\n", (unsigned long)file->checksum);
    sy_state_put_text(file, end);
    if (file->status == STEELYARD_OK) sy_state_flush(file);
    bool replaces = file->temporary != NULL;
    if (file->status == STEELYARD_OK && replaces && fsync(file->file) < 0 && errno != EINVAL)
        sy_state_stopped(file);
    if (file->file >= 0 && close(file->file) < 0) sy_state_stopped(file);
    if (file->status == STEELYARD_OK && replaces && rename(file->temporary, file->final) < 0)
        sy_state_stopped(file);
    if (file->status != STEELYARD_OK && replaces) unlink(file->temporary);
    free(file->temporary);
    free(file->final);
    return file->status;
}

/* --- reading --- */

struct sy_state_piece {
    void *values;
    size_t at, count, width;
};

static void sy_state_damaged(sy_state_file *file, const char *detail) {
    sy_state_refuse(file, STEELYARD_FORMAT, file->path, 0, detail);
}

/* Whether the text comes next; then it is passed over. */
static bool sy_state_next(sy_state_file *file, const char *text) {
    size_t length = strlen(text);
    if (file->status != STEELYARD_OK || file->length - file->at < length ||
        memcmp(file->bytes + file->at, text, length) != 0)
        return false;
    file->at += length;
    return true;
}

/* " 300\n"; -1: no such number comes next. */
static int64_t sy_state_number(sy_state_file *file) {
    int64_t number = 0;
    int digits = 0;
    if (!sy_state_next(file, " ")) return -1;
    for (; file->at < file->length && digits < 18; digits++, file->at++) {
        unsigned char digit = file->bytes[file->at];
        if (digit < '0' || digit > '9') break;
        number = 10 * number + (digit - '0');
    }
    return digits > 0 && sy_state_next(file, "\n") ? number : -1;
}

/* The bytes of `count` elements and the newline behind them. */
static bool sy_state_skip(sy_state_file *file, int64_t count, size_t width) {
    if (count < 0 || width == 0 || (uint64_t)count > (file->length - file->at) / width)
        return false;
    file->at += (size_t)count * width;
    return sy_state_next(file, "\n");
}

static void sy_state_read(sy_state_file *file) {
    struct stat about;
    file->file = open(file->path, O_RDONLY | O_CLOEXEC);
    if (file->file < 0 || fstat(file->file, &about) < 0) {
        sy_state_stopped(file);
        return;
    }
    if (!S_ISREG(about.st_mode)) {
        errno = S_ISDIR(about.st_mode) ? EISDIR : EINVAL;
        sy_state_stopped(file);
        return;
    }
    size_t size = (size_t)about.st_size;
    file->bytes = malloc(size > 0 ? size : 1);
    if (file->bytes == NULL)
        sy_state_refuse(file, STEELYARD_MEMORY, NULL, (int64_t)size,
                        "bytes for the file could not be allocated");
    while (file->bytes != NULL && file->length < size) {
        ssize_t got = read(file->file, file->bytes + file->length, size - file->length);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) sy_state_stopped(file);
        if (got <= 0) break; /* shorter than it was: then the end is missing */
        file->length += (size_t)got;
    }
}

/* Its end, and the checksum of what is before that. */
static void sy_state_verify(sy_state_file *file) {
    enum {
        END = 13
    };
    char end[16];
    if (file->status != STEELYARD_OK) return;
    if (!sy_state_next(file, "steelyard state ")) {
        sy_state_damaged(file, "it is no state of a training");
    } else if (!sy_state_next(file, "1\n")) {
        sy_state_damaged(file, "it is of another version of Steelyard");
    } else if (file->length < file->at + END ||
               memcmp(file->bytes + file->length - END, "end ", 4) != 0) {
        sy_state_damaged(file, "it is damaged: its end is missing");
    } else {
        file->length -= END;
        uint32_t sum = sy_state_checksum(0, file->bytes, file->length);
        snprintf(end, sizeof end, "end %08lx\n", (unsigned long)sum);
        if (memcmp(file->bytes + file->length, end, END) != 0)
            sy_state_damaged(file, "it is damaged: its checksum is wrong");
    }
}

SY_STATE_API void sy_load_begin(sy_state_file *file, const char *path, const char *model,
                                steelyard_state *state, steelyard_call *call) {
    sy_state_open(file, path, call)->state = state;
    if (file->status == STEELYARD_OK) sy_state_read(file);
    if (file->file >= 0) close(file->file);
    sy_state_verify(file);
    if (file->status != STEELYARD_OK) return;
    bool is_ours = sy_state_next(file, "model ") && sy_state_next(file, model) &&
                   sy_state_next(file, "\nsteps");
    file->steps = is_ours ? sy_state_number(file) : -1;
    if (file->steps < 0) sy_state_damaged(file, "it is of another model");
}

static int64_t sy_state_size(sy_state_file *file, const char *name, int64_t wanted) {
    if (file->status != STEELYARD_OK) return 0;
    bool is_named = sy_state_next(file, "size ") && sy_state_next(file, name);
    int64_t size = is_named ? sy_state_number(file) : -1;
    if (size < 0 || size > (int64_t)1 << 48) {
        sy_state_refuse(file, STEELYARD_FORMAT, name, 0, "no such size is in the file here");
        return 0;
    }
    if (wanted < 0 || wanted == size) return size;
    sy_state_refuse(file, STEELYARD_SIZE, name, size, "in the file; it is another one here");
    return 0;
}

SY_STATE_API void sy_load_size(sy_state_file *file, const char *name, int64_t wanted) {
    sy_state_size(file, name, wanted);
}

SY_STATE_API size_t sy_load_held_size(sy_state_file *file, const char *name, size_t held) {
    return (size_t)sy_state_size(file, name, file->state->is_ready ? (int64_t)held : -1);
}

SY_STATE_API int sy_load_is_first(const sy_state_file *file) {
    return file->status == STEELYARD_OK && !file->state->is_ready;
}

SY_STATE_API void sy_load_placed(sy_state_file *file, int status) {
    file->status = status;
}

SY_STATE_API void sy_load_array(sy_state_file *file, const char *name, const char *type,
                                int64_t count, void *values) {
    if (file->status != STEELYARD_OK) return;
    size_t width = sy_state_width(type);
    bool is_named = sy_state_next(file, "array ") && sy_state_next(file, name) &&
                    sy_state_next(file, " ") && sy_state_next(file, type);
    bool is_same = is_named && sy_state_number(file) == count;
    struct sy_state_piece piece = {values, file->at, (size_t)count, width};
    if (!is_same || !sy_state_skip(file, count, width)) {
        sy_state_refuse(file, STEELYARD_FORMAT, name, 0,
                        "the file holds something else in its place");
        return;
    }
    size_t room = (file->piece_count + 1) * sizeof piece;
    struct sy_state_piece *more = realloc(file->pieces, room);
    if (more == NULL) {
        sy_state_refuse(file, STEELYARD_MEMORY, NULL, (int64_t)room,
                        "bytes could not be allocated");
        return;
    }
    file->pieces = more;
    file->pieces[file->piece_count++] = piece;
}

SY_STATE_API const void *sy_load_extra(sy_state_file *file, const char *name, size_t *count) {
    size_t before = file->at;
    bool is_named = sy_state_next(file, "extra ") && sy_state_next(file, name);
    int64_t length = is_named ? sy_state_number(file) : -1;
    size_t start = file->at;
    if (length >= 0 && sy_state_skip(file, length, 1)) {
        *count = (size_t)length;
        return file->bytes + start;
    }
    file->at = before;
    *count = 0;
    return NULL;
}

/* Nothing but extras, whatever they are called. */
static bool sy_state_only_extras(sy_state_file *file) {
    while (file->at < file->length) {
        if (!sy_state_next(file, "extra ")) return false;
        while (file->at < file->length && file->bytes[file->at] > ' ')
            file->at++;
        if (!sy_state_skip(file, sy_state_number(file), 1)) return false;
    }
    return true;
}

SY_STATE_API int sy_load_end(sy_state_file *file) {
    if (file->status == STEELYARD_OK && !sy_state_only_extras(file))
        sy_state_damaged(file, "it holds more than this program keeps");
    for (size_t i = 0; file->status == STEELYARD_OK && i < file->piece_count; i++) {
        const struct sy_state_piece *piece = &file->pieces[i];
        for (size_t k = 0; k < piece->count; k++)
            sy_state_from_bytes((unsigned char *)piece->values + k * piece->width,
                                file->bytes + piece->at + k * piece->width, piece->width);
    }
    if (file->status == STEELYARD_OK) {
        file->state->is_ready = 1;
        file->state->steps = file->steps;
    }
    free(file->pieces);
    free(file->bytes);
    return file->status;
}
