/* build: object, static and shared library, and the header that declares what is in them.
 *
 * Both libraries carry the runtime. In the static one it stays a set of members of its own, so that
 * two such libraries can be linked into one program. */
#include "tool/build.h"
#include "base/embedded.h"
#include "emit/emit.h"
#include "tool/processor.h"
#include <stdlib.h>
#include <string.h>

#define ADD(list, ...) vector_push(arena, (list), __VA_ARGS__)

static const char *cc_default(Arena *arena) {
    static const char *const known[] = {"clang", "gcc", "cc"};
    for (int i = 0; i < 3; i++)
        if (process_find(arena, known[i])) return known[i];
    return "clang";
}

static void add_level(Arena *arena, Strings *flags, const char *level, bool wide) {
    ADD(flags, arena_format(arena, "-march=%s", level));
    if (wide) ADD(flags, "-mprefer-vector-width=512"); /* clang halves the vectors otherwise */
}

/* Sets compiler->versions to how many of the levels the C compiler knows. False: one or none,
 * reported. */
static bool versions_count(Compiler *compiler, const char *cc) {
    const char *name = path_base(compiler->arena, cc), *why = "knows no level above x86-64";
    int count = 0;
    for (; count < VERSION_COUNT; count++) {
        const char *macros = target_macros(compiler->arena, cc, versions[count].level);
        if (!macros || !target_defines(macros, "__x86_64__")) break;
    }
    if (count == 0) why = "makes code for a processor of which there is one level";
    compiler->versions = count;
    if (count < 2) report(compiler->diagnostics, VERSIONS_ONE, (Span){0, 0}, name, why);
    return count >= 2;
}

bool build_setup(Compiler *compiler, const Options *options, bool runs_here, Build *build) {
    Arena *arena = compiler->arena;
    *build = (Build){.compiler = compiler};
    const char *cc = options->cc ? options->cc : cc_default(arena);
    build->cc = process_find(arena, cc);
    if (!build->cc) {
        report(compiler->diagnostics, PROGRAM_NOT_RUN, (Span){0, 0}, cc, "it was not found",
               "install clang, or name another C compiler with --cc");
        return false;
    }
    if (!home_find(compiler, &build->home)) return false;
    static const char *const always[] = {
        "-std=c11", "-O3",  "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=off",
        "-fopenmp", "-fPIC"};
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        ADD(&build->flags, always[i]);
    Processor target;
    if (!target_find(compiler, options, build->cc, runs_here, &target)) return false;
    if (target.elsewhere) build->home.library = NULL; /* it is for this machine */
    if (options->multiversion) {
        if (!versions_count(compiler, build->cc)) return false;
        target.level = versions[0].level;
    }
    if (target.level) add_level(arena, &build->flags, target.level, target.wide);
    ADD(&build->flags, arena_format(arena, "-I%s", build->home.headers));
    return true;
}

static bool run_cc(Build *build, const Strings *command, const char *what) {
    Compiler *compiler = build->compiler;
    Text said = text_new(compiler->arena);
    const char *reason = NULL;
    bool good = process_run(compiler->arena, command, &said, &reason);
    if (!good) {
        fwrite(said.chars, 1, said.length, stderr);
        report(compiler->diagnostics, C_COMPILER_FAILED, (Span){0, 0}, command->items[0], what,
               reason);
    }
    return good;
}

/* more: flags beside those of every compilation. */
static bool compile_object(Build *build, const Strings *more, const char *in, const char *out,
                           const char *what) {
    Arena *arena = build->compiler->arena;
    Strings command = {0};
    ADD(&command, build->cc);
    for (int i = 0; i < build->flags.count; i++)
        ADD(&command, build->flags.items[i]);
    for (int i = 0; i < more->count; i++)
        ADD(&command, more->items[i]);
    ADD(&command, "-c");
    ADD(&command, in);
    ADD(&command, "-o");
    ADD(&command, out);
    return run_cc(build, &command, what);
}

/* The runtime as things to link: the library, or objects of the sources that we carry. */
static bool runtime_objects(Build *build, Files *files, const char *folder, Strings *objects) {
    Arena *arena = build->compiler->arena;
    if (build->home.library) {
        ADD(objects, build->home.library);
        return true;
    }
    const Strings none = {0};
    for (const Embedded *file = embedded_files; file->name; file++) {
        size_t length = strlen(file->name);
        if (strncmp(file->name, "runtime/", 8) != 0 || file->name[length - 1] != 'c') continue;
        const char *name = arena_format(arena, "runtime-%s", file->name + 8);
        const char *source = files_expect(files, folder, name, NULL);
        const char *object = files_expect(
            files, folder, arena_format(arena, "%.*so", (int)strlen(name) - 1, name), NULL);
        if (!source || !object || !files_scratch(files, source, file->text, strlen(file->text)) ||
            !compile_object(build, &none, source, object, file->name))
            return false;
        ADD(objects, object);
    }
    return true;
}

static bool link_shared(Build *build, const char *object, const Strings *runtime, const char *out,
                        const char *shown) {
    Arena *arena = build->compiler->arena;
    Strings command = {0};
    ADD(&command, build->cc);
    ADD(&command, "-shared");
    ADD(&command, "-fopenmp");
    ADD(&command, "-Wl,--as-needed"); /* no OpenMP library where nothing calls it */
    ADD(&command, arena_format(arena, "-Wl,-soname,%s", shown));
    ADD(&command, object);
    ADD(&command, "-Wl,--whole-archive"); /* steelyard_describe is for the caller */
    for (int i = 0; i < runtime->count; i++)
        ADD(&command, runtime->items[i]);
    ADD(&command, "-Wl,--no-whole-archive");
    ADD(&command, "-lm");
    ADD(&command, "-o");
    ADD(&command, out);
    return run_cc(build, &command, shown);
}

/* The object of each level, and of what picks one, joined to one object. */
static bool compile_versions(Build *build, Files *files, const char *folder, const Compilation *c,
                             const char *in, const char *out) {
    Arena *arena = build->compiler->arena;
    const char *name = c->model->name, *levels = arena_format(arena, "%s_levels.c", name);
    const char *picks = files_expect(files, folder, levels, NULL);
    const char *object =
        files_expect(files, folder, arena_format(arena, "%s_levels.o", name), NULL);
    Strings join = {0};
    const Strings none = {0};
    static const char *const words[] = {"-r", "-nostdlib", "-o"};
    ADD(&join, build->cc);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        ADD(&join, words[i]);
    ADD(&join, out);
    ADD(&join, object);
    bool good = picks && object &&
                files_scratch(files, picks, c->levels_text.chars, c->levels_text.length) &&
                compile_object(build, &none, picks, object, levels);
    for (int i = 0; good && i < build->compiler->versions; i++) {
        Strings more = {0};
        const char *word = versions[i].word;
        object = files_expect(files, folder, arena_format(arena, "%s_%s.o", name, word), NULL);
        add_level(arena, &more, versions[i].level, level_is_wide(versions[i].level));
        ADD(&more, arena_format(arena, "-DSTEELYARD_LEVEL=%s", word));
        ADD(&join, object);
        good =
            object && compile_object(build, &more, in, object,
                                     arena_format(arena, "%s.c for %s", name, versions[i].level));
    }
    return good && run_cc(build, &join, arena_format(arena, "%s.o", name));
}

/* runtime: what there is to link of it. */
static bool build_objects(Build *build, Files *files, const char *folder, const Compilation *c,
                          const char *object, const char *shared, Strings *runtime) {
    Arena *arena = build->compiler->arena;
    const char *name = c->model->name;
    const char *c_name = arena_format(arena, "%s.c", name);
    const char *so_name = arena_format(arena, "lib%s.so", name);
    const char *c_path = files_expect(files, folder, c_name, NULL);
    const char *h_path = files_expect(files, folder, arena_format(arena, "%s.h", name), NULL);
    const char *o_path = files_expect(files, folder, arena_format(arena, "%s.o", name), object);
    const char *so_path = files_expect(files, folder, so_name, shared);
    if (!c_path || !h_path || !o_path || !so_path) return false;
    const Strings none = {0};
    return files_scratch(files, c_path, c->c_text.chars, c->c_text.length) &&
           files_scratch(files, h_path, c->h_text.chars, c->h_text.length) &&
           (build->compiler->versions ? compile_versions(build, files, folder, c, c_path, o_path)
                                      : compile_object(build, &none, c_path, o_path, c_name)) &&
           runtime_objects(build, files, folder, runtime) &&
           link_shared(build, o_path, runtime, so_path, so_name);
}

bool build_library(Build *build, Files *files, const char *folder, const Compilation *c,
                   const char *object, const char *shared) {
    Strings runtime = {0};
    return build_objects(build, files, folder, c, object, shared, &runtime);
}

/* The runtime's members stay as they are; the object is appended. */
static bool build_static(Build *build, Files *files, const char *folder, const char *name,
                         const char *path, const Strings *runtime) {
    Arena *arena = build->compiler->arena;
    const char *shown = arena_format(arena, "lib%s.a", name), *reason = NULL;
    const char *out = files_expect(files, folder, shown, path);
    size_t length = 0;
    Strings command = {0};
    ADD(&command, "ar");
    ADD(&command, "qcs");
    ADD(&command, out);
    ADD(&command, arena_format(arena, "%s/%s.o", folder, name));
    if (!out) return false;
    if (build->home.library) {
        char *bytes = file_read(arena, build->home.library, (size_t)64 << 20, &length, &reason);
        if (!bytes)
            return report(build->compiler->diagnostics, FILE_NOT_READ, (Span){0, 0},
                          build->home.library, reason),
                   false;
        if (!files_scratch(files, out, bytes, length)) return false;
    }
    for (int i = 0; i < runtime->count && !build->home.library; i++)
        ADD(&command, runtime->items[i]);
    return run_cc(build, &command, shown);
}

int command_build(Compiler *compiler, const Options *options) {
    Arena *arena = compiler->arena;
    Compilation c = {.compiler = compiler};
    Build build;
    if (options->march && options->multiversion)
        return usage_error(options->command, "--multiversion compiles for several levels: leave "
                                             "--march out, or --multiversion");
    if (!build_setup(compiler, options, false, &build)) return EXIT_USER;
    if (!pipeline_file(&c, options->arguments.items[0], "emit")) return EXIT_USER;
    const char *to = options->output ? options->output : "", *name = c.model->name;
    if (*to && !folder_make(compiler, to)) return EXIT_USER;
    Files *files = files_new(compiler);
    const char *folder = files_folder(files, to, NULL);
    const char *header = path_join(arena, to, arena_format(arena, "%s.h", name));
    const char *object = path_join(arena, to, arena_format(arena, "%s.o", name));
    const char *archive = path_join(arena, to, arena_format(arena, "lib%s.a", name));
    const char *shared = path_join(arena, to, arena_format(arena, "lib%s.so", name));
    Strings runtime = {0};
    bool good = folder && build_objects(&build, files, folder, &c, object, shared, &runtime) &&
                build_static(&build, files, folder, name, archive, &runtime) &&
                files_add(files, header, c.h_text.chars, c.h_text.length);
    if (!good) files_discard(files);
    return good && files_commit(files) ? EXIT_GOOD : EXIT_USER;
}
