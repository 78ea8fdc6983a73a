/* emit: NAME.c and NAME.h (and NAME_levels.c), all or none. */
#include "emit/emit.h"
#include "pipeline.h"
#include "tool/command.h"
#include "tool/file.h"

int command_emit(Compiler *compiler, const Options *options) {
    Arena *arena = compiler->arena;
    compiler->versions = options->multiversion ? VERSION_COUNT : 0;
    Compilation c = {.compiler = compiler, .standalone = options->standalone};
    if (!pipeline_file(&c, options->arguments.items[0], "emit")) return EXIT_USER;
    if (options->output && !folder_make(compiler, options->output)) return EXIT_USER;
    const char *name = c.model->name;
    const char *c_path = path_join(arena, options->output, arena_format(arena, "%s.c", name));
    const char *h_path = path_join(arena, options->output, arena_format(arena, "%s.h", name));
    Files *files = files_new(compiler);
    files_fleeting(files);
    files_add(files, c_path, c.c_text.chars, c.c_text.length);
    files_add(files, h_path, c.h_text.chars, c.h_text.length);
    if (compiler->versions)
        files_add(files,
                  path_join(arena, options->output, arena_format(arena, "%s_levels.c", name)),
                  c.levels_text.chars, c.levels_text.length);
    return files_commit(files) ? EXIT_GOOD : EXIT_USER;
}
