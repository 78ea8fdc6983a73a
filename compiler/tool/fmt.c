/* fmt: files laid out the one way, in place. All of them or, if one cannot be read, the others
 * only. */
#include "syntax/format.h"
#include "tool/command.h"
#include "tool/file.h"
#include <string.h>

static bool format_file(Compiler *compiler, const Options *options, const char *path) {
    const Source *source = file_source(compiler, path);
    char *text = source ? format_source(compiler, source) : NULL;
    if (!text) return false;
    size_t length = strlen(text);
    bool same = length == source->length && memcmp(text, source->chars, length) == 0;
    if (options->check) {
        if (!same) report(compiler->diagnostics, FORMAT_DIFFERS, (Span){0, 0}, source->path);
        return same;
    }
    if (strcmp(path, "-") == 0) return fwrite(text, 1, length, stdout) == length || ferror(stdout);
    if (same) return true; /* an unchanged file keeps its date */
    Files *files = files_new(compiler);
    return files_add(files, path, text, length) && files_commit(files);
}

int command_fmt(Compiler *compiler, const Options *options) {
    bool good = true;
    for (int i = 0; i < options->arguments.count; i++)
        good = format_file(compiler, options, options->arguments.items[i]) && good;
    return good ? EXIT_GOOD : EXIT_USER;
}
