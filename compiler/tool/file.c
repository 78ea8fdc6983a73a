/* Takes paths and bytes, gives files that are whole or absent.
 *
 * A reader of the folder, a full disk or Ctrl-C never meets half of a file: the bytes go to a new
 * name beside the old file, are flushed, and take its place by rename. What is no regular file (a
 * device, a pipe) cannot be replaced and is written as it is. */
#include "tool/file.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct Pending {
    char *temporary;   /* malloc'ed: the signal handler reads it whatever the arena does */
    const char *final; /* NULL: scratch, removed in any case */
    const char *shown; /* as the user gave it */
    bool is_folder;
} Pending;

struct Files {
    Compiler *compiler;
    Vector(Pending) pending;
    bool failed;
    bool fleeting;
};

/* What a signal must undo. Signals know no context, so this one thing stands outside of any
 * structure; it changes only while signals are blocked. */
enum {
    PENDING_LIMIT = 1024
};
static struct {
    char *volatile paths[PENDING_LIMIT];
    volatile pid_t child;
    volatile sig_atomic_t ending;
} at_signal;

static const int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGABRT};

static void on_signal(int number) {
    at_signal.ending = 1;
    if (at_signal.child > 0) kill(at_signal.child, SIGTERM);
    for (int i = 0; i < PENDING_LIMIT; i++)
        if (at_signal.paths[i]) unlink(at_signal.paths[i]);
    for (int i = 0; i < PENDING_LIMIT; i++)
        if (at_signal.paths[i]) rmdir(at_signal.paths[i]);
    raise(number); /* SA_RESETHAND: ends us as the signal means to */
}

void signals_catch(void) {
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    for (size_t i = 0; i < sizeof caught / sizeof *caught; i++) {
        struct sigaction old;
        /* What the caller ignores (nohup, a shell's background jobs) stays ignored. */
        if (sigaction(caught[i], NULL, &old) == 0 && old.sa_handler == SIG_IGN) continue;
        sigaction(caught[i], &action, NULL);
    }
    signal(SIGXFSZ, SIG_IGN); /* a file too large is an error of write(), told like a full disk */
}

void signals_settle(void) {
    while (at_signal.ending)
        pause();
}

void signals_child(pid_t child) {
    at_signal.child = child;
}

sigset_t signals_block(void) {
    sigset_t set, old;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof caught / sizeof *caught; i++)
        sigaddset(&set, caught[i]);
    sigprocmask(SIG_BLOCK, &set, &old);
    return old;
}

void signals_restore(sigset_t old) {
    sigprocmask(SIG_SETMASK, &old, NULL);
}

static void pending_remember(char *path) {
    for (int i = 0; i < PENDING_LIMIT; i++) {
        if (at_signal.paths[i]) continue;
        at_signal.paths[i] = path;
        return;
    }
}

static void pending_forget(const char *path) {
    for (int i = 0; i < PENDING_LIMIT; i++)
        if (at_signal.paths[i] == path) at_signal.paths[i] = NULL;
}

/* --- reading --- */

static char *read_all(Arena *arena, int file, size_t hint, size_t limit, size_t *length,
                      const char **reason) {
    size_t capacity = hint + 1 < 4096 ? 4096 : hint + 1, count = 0;
    char *chars = malloc(capacity);
    *reason = "out of memory";
    while (chars) {
        ssize_t got = read(file, chars + count, capacity - count);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) *reason = arena_format(arena, "%s", strerror(errno));
        if (got == 0) {
            char *kept = arena_text(arena, chars, count);
            *length = count;
            free(chars);
            return kept;
        }
        if (got > 0) count += (size_t)got;
        if (got > 0 && count > limit)
            *reason = arena_format(arena, "it is larger than %zu MiB", limit >> 20);
        if (got < 0 || count > limit) break;
        if (count < capacity) continue;
        char *grown = realloc(chars, capacity *= 2);
        if (!grown) break;
        chars = grown;
    }
    free(chars);
    return NULL;
}

char *file_read(Arena *arena, const char *path, size_t limit, size_t *length, const char **reason) {
    if (strcmp(path, "-") == 0) return read_all(arena, 0, 0, limit, length, reason);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat about;
    if (file < 0 || fstat(file, &about) < 0) {
        *reason = arena_format(arena, "%s", strerror(errno));
        if (file >= 0) close(file);
        return NULL;
    }
    char *chars = NULL;
    if (S_ISREG(about.st_mode) && (uintmax_t)about.st_size > limit)
        *reason = arena_format(arena, "it is larger than %zu MiB", limit >> 20);
    else
        chars = read_all(arena, file, S_ISREG(about.st_mode) ? (size_t)about.st_size : 0, limit,
                         length, reason);
    close(file);
    return chars;
}

const Source *file_source(Compiler *compiler, const char *path) {
    size_t length = 0;
    const char *reason = NULL;
    char *chars = file_read(compiler->arena, path, (size_t)64 << 20, &length, &reason);
    if (!chars) {
        report(compiler->diagnostics, FILE_NOT_READ, (Span){0, 0}, path, reason);
        return NULL;
    }
    const char *shown = strcmp(path, "-") == 0 ? "<stdin>" : path;
    return source_add(compiler->sources, shown, chars, length);
}

/* --- paths --- */

const char *path_join(Arena *arena, const char *folder, const char *name) {
    if (!folder || !*folder || strcmp(folder, ".") == 0) return arena_format(arena, "%s", name);
    size_t length = strlen(folder);
    return arena_format(arena, "%s%s%s", folder, folder[length - 1] == '/' ? "" : "/", name);
}

const char *path_base(Arena *arena, const char *path) {
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    const char *dot = strrchr(base, '.');
    return arena_text(arena, base, dot && dot > base ? (size_t)(dot - base) : strlen(base));
}

bool folder_make(Compiler *compiler, const char *path) {
    char *part = arena_format(compiler->arena, "%s", path);
    for (char *c = part + (*part == '/'); *part; c++) {
        char end = *c;
        if (end != '/' && end != '\0') continue;
        *c = '\0';
        if (mkdir(part, 0777) < 0 && errno != EEXIST && errno != EISDIR) {
            report(compiler->diagnostics, FOLDER_NOT_MADE, (Span){0, 0}, part, strerror(errno));
            return false;
        }
        *c = end;
        if (end == '\0') break;
    }
    struct stat about;
    if (stat(path, &about) == 0 && S_ISDIR(about.st_mode)) return true;
    report(compiler->diagnostics, FOLDER_NOT_MADE, (Span){0, 0}, path, strerror(ENOTDIR));
    return false;
}

/* --- writing --- */

Files *files_new(Compiler *compiler) {
    Files *files = ARENA_NEW(compiler->arena, Files);
    files->compiler = compiler;
    return files;
}

static bool files_fail(Files *files, const char *path, int error) {
    files->failed = true;
    report(files->compiler->diagnostics, FILE_NOT_WRITTEN, (Span){0, 0}, path, strerror(error),
           error == ENOENT ? "make its folder first, or name another one with -o"
                           : "make room or name another folder with -o");
    return false;
}

/* A new, empty file DIR/.tmp-PID-I-NAME: the suffix stays, other programs go by it. Returns -1 with
 * errno. */
static int pending_open(Files *files, const char *final, char **temporary) {
    Arena *arena = files->compiler->arena;
    const char *slash = strrchr(final, '/');
    int folder_length = slash ? (int)(slash - final + 1) : 0;
    for (int i = 0; i < 1000; i++) {
        char *name = strdup(arena_format(arena, "%.*s.tmp-%ld-%d-%s", folder_length, final,
                                         (long)getpid(), i, final + folder_length));
        if (!name) return errno = ENOMEM, -1;
        sigset_t old = signals_block();
        int file = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        int error = errno;
        if (file >= 0) pending_remember(name);
        signals_restore(old);
        if (file >= 0) return *temporary = name, file;
        free(name);
        if (error != EEXIST) return errno = error, -1;
    }
    return errno = EEXIST, -1;
}

static int files_open(Files *files, const char *path, const char *final) {
    char *temporary = NULL;
    int file = pending_open(files, final ? final : path, &temporary);
    if (file < 0) return files_fail(files, path, errno), -1;
    vector_push(files->compiler->arena, &files->pending, (Pending){temporary, final, path, false});
    return file;
}

/* Where a path leads: through links, so that a link stays one. NULL: no regular file, errno says
 * what. */
static const char *path_final(Arena *arena, const char *path, mode_t *mode) {
    struct stat about;
    *mode = 0;
    if (stat(path, &about) < 0) return path;
    *mode = about.st_mode & 07777;
    errno = S_ISDIR(about.st_mode) ? EISDIR : EINVAL;
    if (!S_ISREG(about.st_mode)) return NULL;
    char *real = realpath(path, NULL);
    if (!real) return path;
    const char *kept = arena_format(arena, "%s", real);
    free(real);
    return kept;
}

static bool write_all(int file, const char *bytes, size_t length) {
    while (length > 0) {
        ssize_t done = write(file, bytes, length > 1u << 30 ? 1u << 30 : length);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return false;
        bytes += done;
        length -= (size_t)done;
    }
    return true;
}

bool files_add_parts(Files *files, const char *path, const void *head, size_t head_length,
                     const void *body, size_t body_length) {
    if (files->failed) return false;
    mode_t mode = 0;
    const char *final = path_final(files->compiler->arena, path, &mode);
    /* A device or a pipe cannot be replaced: it is written as it is. */
    int file = final ? files_open(files, path, final) : open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return files->failed ? false : files_fail(files, path, errno);
    bool good = write_all(file, head, head_length) && write_all(file, body, body_length);
    int error = errno;
    if (good && final && mode) fchmod(file, mode); /* an old file's permissions */
    if (close(file) < 0 && good) good = false, error = errno;
    return good || files_fail(files, path, error);
}

bool files_add(Files *files, const char *path, const void *bytes, size_t length) {
    return files_add_parts(files, path, bytes, length, "", 0);
}

const char *files_folder(Files *files, const char *beside, const char *shown) {
    Arena *arena = files->compiler->arena;
    if (files->failed) return NULL;
    char *name =
        strdup(arena_format(arena, "%s/.tmp-%ld-XXXXXX", *beside ? beside : ".", (long)getpid()));
    sigset_t old = signals_block();
    bool good = name && mkdtemp(name);
    int error = errno;
    if (good) pending_remember(name);
    signals_restore(old);
    if (!good) return free(name), files_fail(files, shown ? shown : beside, error), NULL;
    vector_push(arena, &files->pending, (Pending){name, NULL, beside, true});
    return name;
}

const char *files_expect(Files *files, const char *folder, const char *name, const char *path) {
    Arena *arena = files->compiler->arena;
    if (files->failed) return NULL;
    mode_t mode = 0;
    const char *final = path ? path_final(arena, path, &mode) : NULL;
    if (path && !final) return files_fail(files, path, errno), NULL;
    char *temporary = strdup(arena_format(arena, "%s/%s", folder, name));
    if (!temporary) return files_fail(files, name, ENOMEM), NULL;
    sigset_t old = signals_block();
    pending_remember(temporary);
    signals_restore(old);
    vector_push(arena, &files->pending, (Pending){temporary, final, path, false});
    return temporary;
}

bool files_scratch(Files *files, const char *temporary, const void *bytes, size_t length) {
    int file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file < 0) return files_fail(files, temporary, errno);
    bool good = write_all(file, bytes, length);
    int error = errno;
    if (close(file) < 0 && good) good = false, error = errno;
    return good || files_fail(files, temporary, error);
}

static bool pending_flush(const char *path) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return false;
    bool good = fsync(file) == 0 || errno == EINVAL;
    int error = errno;
    close(file);
    errno = error;
    return good;
}

void files_fleeting(Files *files) {
    files->fleeting = true;
}

bool files_commit(Files *files) {
    for (int i = 0; i < files->pending.count && !files->failed; i++) {
        Pending *p = &files->pending.items[i];
        if (p->final && !files->fleeting && !pending_flush(p->temporary))
            files_fail(files, p->shown, errno);
    }
    sigset_t old = signals_block();                       /* all of the set, or nothing */
    for (int i = files->pending.count - 1; i >= 0; i--) { /* a folder after what is in it */
        Pending *p = &files->pending.items[i];
        if (p->final && !files->failed && rename(p->temporary, p->final) < 0)
            files_fail(files, p->shown, errno);
        if (!p->final || files->failed) p->is_folder ? rmdir(p->temporary) : unlink(p->temporary);
        pending_forget(p->temporary);
        free(p->temporary);
    }
    files->pending.count = 0;
    signals_restore(old);
    return !files->failed;
}

void files_discard(Files *files) {
    files->failed = true;
    files_commit(files);
}
