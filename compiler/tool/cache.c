/* Takes emitted C, gives the function it compiles to, loaded. Compiled libraries are kept by
 * content: the name is a hash of everything that the library depends on, so that nothing in the
 * cache is ever out of date. */
#include "emit/emit.h"
#include "tool/hash.h"
#include "tool/run.h"
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void hash_file(Hash *hash, Arena *arena, const char *path) {
    size_t length = 0;
    const char *reason;
    char *chars = file_read(arena, path, (size_t)256 << 20, &length, &reason);
    hash_bytes(hash, chars ? chars : "", chars ? length : 0);
}

static const char *library_key(const Build *build, const Compilation *c) {
    Arena *arena = build->compiler->arena;
    Hash hash = hash_new();
    hash_text(&hash, STEELYARD_VERSION);
    hash_bytes(&hash, c->c_text.chars, c->c_text.length);
    hash_bytes(&hash, c->h_text.chars, c->h_text.length);
    for (int i = 0; i < build->flags.count; i++)
        hash_text(&hash, build->flags.items[i]);
    hash_text(&hash, build->cc);
    char *real = realpath(build->cc, NULL); /* another release of it is another file */
    struct stat about;
    if (real && stat(real, &about) == 0) {
        hash_text(&hash, real);
        hash_bytes(&hash, &about.st_mtim, sizeof about.st_mtim);
        hash_bytes(&hash, &about.st_size, sizeof about.st_size);
    }
    free(real);
    const char **names;
    int count = home_files(arena, build->home.headers, ".h", &names);
    for (int i = 0; i < count; i++)
        hash_file(&hash, arena, names[i]);
    if (build->home.library) hash_file(&hash, arena, build->home.library);
    return hash_digits(arena, &hash);
}

static bool folder_usable(const char *path) {
    struct stat about;
    if (mkdir(path, 0700) < 0 && errno != EEXIST) return false;
    /* Code is loaded from here: nobody else may have put it there. */
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode) && about.st_uid == geteuid() &&
           !(about.st_mode & (S_IWGRP | S_IWOTH)) && access(path, W_OK | X_OK) == 0;
}

/* NULL: there is none that can be used, and things go without. */
static const char *cache_folder(Arena *arena) {
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (cache && cache[0] != '/') cache = NULL;
    if (!cache && (!home || home[0] != '/')) return NULL;
    const char *base = cache ? cache : arena_format(arena, "%s/.cache", home);
    mkdir(base, 0700);
    const char *folder = arena_format(arena, "%s/steelyard", base);
    return folder_usable(folder) ? folder : NULL;
}

const char *cache_path(Arena *arena, const Strings *key, const char *suffix) {
    const char *folder = cache_folder(arena);
    if (!folder) return NULL;
    Hash hash = hash_new();
    for (int i = 0; i < key->count; i++)
        hash_text(&hash, key->items[i]);
    return arena_format(arena, "%s/%016llx%016llx%s", folder,
                        (unsigned long long)(hash.state >> 64), (unsigned long long)hash.state,
                        suffix);
}

static PackedFunction *library_open(Compiler *compiler, const Compilation *c, const char *path,
                                    void **handle, bool quiet) {
    const char *name =
        emit_symbol(compiler, arena_format(compiler->arena, "%s_packed", c->model->name));
    /* NODELETE: OpenMP's threads outlive the call. */
    *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    PackedFunction *function = NULL;
    if (*handle) *(void **)&function = dlsym(*handle, name);
    if (function) return function;
    const char *reason = dlerror();
    if (!quiet)
        report(compiler->diagnostics, LIBRARY_NOT_LOADED, (Span){0, 0}, c->model->name,
               reason ? reason : "it is empty");
    if (*handle) dlclose(*handle);
    *handle = NULL;
    return NULL;
}

PackedFunction *library_load(Compiler *compiler, const Options *options, const Compilation *c,
                             void **handle) {
    Arena *arena = compiler->arena;
    Build build;
    *handle = NULL;
    if (!build_setup(compiler, options, true, &build)) return NULL;
    const char *cache = cache_folder(arena);
    const char *kept =
        cache ? arena_format(arena, "%s/%s.so", cache, library_key(&build, c)) : NULL;
    if (kept && access(kept, R_OK) == 0) {
        PackedFunction *function = library_open(compiler, c, kept, handle, true);
        if (function) return function; /* else it is damaged, and made again */
    }
    const char *temporary = getenv("TMPDIR");
    Files *files = files_new(compiler);
    files_fleeting(files); /* what is damaged is made again */
    const char *folder = files_folder(files,
                                      kept                      ? cache
                                      : temporary && *temporary ? temporary
                                                                : "/tmp",
                                      NULL);
    PackedFunction *function = NULL;
    if (folder && build_library(&build, files, folder, c, NULL, kept)) {
        const char *path = arena_format(arena, "%s/lib%s.so", folder, c->model->name);
        function =
            library_open(compiler, c, path, handle, false); /* stays loaded when its file goes */
    }
    if (!function)
        files_discard(files);
    else if (!files_commit(files))
        function = NULL;
    return function;
}
