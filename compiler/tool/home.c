/* Takes the place of the running binary, gives that of the runtime. Looked for, in this order:
 * beside an installed binary (PREFIX/bin, PREFIX/include, PREFIX/lib), in the source tree above a
 * built one, in the folder STEELYARD_HOME names. */
#include "tool/home.h"
#include "tool/file.h"
#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_there(const char *path) {
    return access(path, R_OK) == 0;
}

static const char *library_in(Arena *arena, const char *folder) {
    const char *path = arena_format(arena, "%s/libsteelyard.a", folder);
    return is_there(path) ? path : NULL;
}

static bool home_installed(Arena *arena, const char *prefix, Home *home) {
    home->headers = arena_format(arena, "%s/include/steelyard", prefix);
    if (!is_there(arena_format(arena, "%s/steelyard.h", home->headers)))
        home->headers = arena_format(arena, "%s/include", prefix);
    home->library = library_in(arena, arena_format(arena, "%s/lib", prefix));
    return is_there(arena_format(arena, "%s/steelyard.h", home->headers)) && home->library;
}

/* folder holds the binary, or is STEELYARD_HOME; tree holds runtime/. */
static bool home_tree(Arena *arena, const char *tree, const char *folder, Home *home) {
    home->headers = arena_format(arena, "%s/runtime", tree);
    home->library = library_in(arena, folder);
    return is_there(arena_format(arena, "%s/steelyard.h", home->headers));
}

static bool home_named(Arena *arena, const char *folder, Home *home) {
    if (home_installed(arena, folder, home)) return true;
    if (home_tree(arena, folder, arena_format(arena, "%s/build", folder), home)) return true;
    home->headers = folder;
    home->library = library_in(arena, folder);
    return is_there(arena_format(arena, "%s/steelyard.h", folder));
}

bool home_find(Compiler *compiler, Home *home) {
    Arena *arena = compiler->arena;
    char binary[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", binary, sizeof binary - 1);
    binary[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(binary, '/');
    if (slash) *slash = '\0';
    if (slash && home_installed(arena, arena_format(arena, "%s/..", binary), home)) return true;
    for (const char *up = slash ? "/.." : NULL; up && strlen(up) <= 9;
         up = arena_format(arena, "%s/..", up))
        if (home_tree(arena, arena_format(arena, "%s%s", binary, up), binary, home)) return true;
    const char *named = getenv("STEELYARD_HOME");
    if (named && *named && home_named(arena, named, home)) return true;
    const char *tried =
        named && *named
            ? arena_format(arena, "neither beside the binary (%s) nor in %s", binary, named)
            : arena_format(arena, "not beside the binary (%s)", binary);
    report(compiler->diagnostics, RUNTIME_NOT_FOUND, (Span){0, 0}, tried);
    return false;
}

static int compare_names(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int home_files(Arena *arena, const char *folder, const char *suffix, const char ***names) {
    Vector(const char *) found = {0};
    DIR *open = opendir(folder);
    for (struct dirent *entry; open && (entry = readdir(open));) {
        size_t length = strlen(entry->d_name), tail = strlen(suffix);
        bool ours = strncmp(entry->d_name, "steelyard", 9) == 0;
        if (ours && length > tail && strcmp(entry->d_name + length - tail, suffix) == 0)
            vector_push(arena, &found, path_join(arena, folder, entry->d_name));
    }
    if (open) closedir(open);
    if (found.count) qsort(found.items, (size_t)found.count, sizeof *found.items, compare_names);
    *names = found.items;
    return found.count;
}
