/* Takes nothing but the machine it runs on, gives what that does in a second. The measuring is done
 * by C that is compiled as emitted C is; what it says is kept as text, a name and a number a line,
 * under a name that depends on the processor, the number of threads, the C compiler and the text of
 * the measurement. */
#include "tool/machine.h"
#include "base/embedded.h"
#include "tool/run.h"
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KERNEL_FILES 4

/* One text in this order. */
static const char *const kernel_files[KERNEL_FILES] = {
    "compiler/tool/kernels/timing.c", "compiler/tool/kernels/memory.c",
    "compiler/tool/kernels/steps.c", "compiler/tool/kernels/calibration.c"};

typedef void Say(const char *name, double value);
typedef void Calibrate(int threads, Say *say);

static const char *processor_name(Arena *arena) {
    size_t length = 0;
    const char *reason,
        *text = file_read(arena, "/proc/cpuinfo", (size_t)16 << 20, &length, &reason);
    const char *line = text ? strstr(text, "model name") : NULL;
    const char *colon = line ? strchr(line, ':') : NULL;
    if (!colon) return "a processor without a name";
    colon += strspn(colon, ": \t");
    return arena_text(arena, colon, strcspn(colon, "\n"));
}

static int processor_count(void) {
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? (int)count : 1;
}

static const char *kept_path(Compiler *compiler, const Build *build) {
    Arena *arena = compiler->arena;
    Strings key = {0};
    vector_push(arena, &key, processor_name(arena));
    vector_push(arena, &key, arena_format(arena, "%d", processor_count()));
    vector_push(arena, &key, build->cc);
    for (int i = 0; i < build->flags.count; i++)
        vector_push(arena, &key, build->flags.items[i]);
    for (int i = 0; i < KERNEL_FILES; i++)
        vector_push(arena, &key, embedded_file(kernel_files[i]));
    vector_push(arena, &key, STEELYARD_VERSION);
    return cache_path(arena, &key, ".machine");
}

/* --- the text that is kept --- */

static const char *const levels[LEVEL_COUNT] = {"L1", "L2", "L3", "DRAM"};

/* `read_L1_one`, `waits_read_L1` */
static void bandwidth_set(Bandwidth *of, const char *before, const char *after, const char *name,
                          double value) {
    static const char *const ways[] = {"read", "pairs", "write"};
    double *const to[] = {of->read, of->pairs, of->write};
    for (int way = 0; way < 3; way++)
        for (int i = 0; i < LEVEL_COUNT; i++) {
            char is[32];
            snprintf(is, sizeof is, "%s%s_%s%s", before, ways[way], levels[i], after);
            if (strcmp(name, is) == 0) to[way][i] = value;
        }
}

static bool bandwidth_is_positive(const Bandwidth *of) {
    bool good = true;
    for (int i = 0; i < LEVEL_COUNT; i++)
        good = good && of->read[i] > 0 && of->pairs[i] > 0 && of->write[i] > 0;
    return good;
}

static void level_set(double of[LEVEL_COUNT], const char *name, const char *what, double value) {
    size_t length = strlen(what);
    if (strncmp(name, what, length) != 0) return;
    for (int i = 0; i < LEVEL_COUNT; i++)
        if (strcmp(name + length, levels[i]) == 0) of[i] = value;
}

static void lines_set(Lines *lines, const char *name, double value) {
    static const char *const whats[] = {"bytes_", "line_", "row_", "add_"};
    double *const to[] = {lines->bytes, lines->line, lines->row, lines->add};
    for (int what = 0; what < 4; what++) {
        size_t length = strlen(whats[what]);
        int i = strncmp(name, whats[what], length) == 0 ? atoi(name + length) : LINE_SIZES;
        if (i >= 0 && i < LINE_SIZES) to[what][i] = value;
    }
}

static void call_set(Arena *arena, Machine *machine, const char *name, double value) {
    const char *type = strrchr(name, '_');
    if (!type) return;
    const char *function = arena_text(arena, name, (size_t)(type - name));
    int wide = strcmp(type, "_f64") == 0;
    if (strcmp(function, "pow") == 0) machine->call[OP_POW][wide] = value;
    if (strcmp(function, "div") == 0) machine->call[OP_DIV][wide] = value;
    for (int op = 0; op < OP_COUNT; op++)
        if (op_info[op].class_ == OP_CALL && strcmp(op_info[op].text, function) == 0)
            machine->call[op][wide] = value;
}

static void work_set(Machine *machine, const char *name, double value) {
    static const char *const works[WORK_COUNT] = {
        [WORK_PLAIN] = "plain",
        [WORK_STORE] = "store",
        [WORK_EXTREME] = "extreme",
        [WORK_PLACE] = "place",
        [WORK_MASK] = "mask",
        [WORK_CHECK] = "check",
        [WORK_INDEX] = "index",
        [WORK_FOLD] = "fold",
        [WORK_ADD] = "add",
        [WORK_RUNNING] = "running",
        [WORK_SCAN] = "scan",
        [WORK_HALF_READ] = "half_read",
        [WORK_HALF_WRITE] = "half_write",
        [WORK_BRAIN_READ] = "brain_read",
        [WORK_BRAIN_WRITE] = "brain_write",
    };
    for (int i = 0; i < WORK_COUNT; i++) {
        size_t length = strlen(works[i]);
        if (strncmp(name, works[i], length) != 0) continue;
        const char *rest = name + length;
        for (int wide = 0; wide < 2; wide++) {
            if (strcmp(rest, wide ? "_f64" : "_f32") == 0) machine->work[i][wide] = value;
            if (strcmp(rest, wide ? "_alone_f64" : "_alone_f32") == 0)
                machine->work_alone[i][wide] = value;
        }
    }
}

static void value_set(Arena *arena, Machine *machine, const char *name, double value) {
    level_set(machine->size, name, "", value);
    lines_set(&machine->lines, name, value);
    level_set(machine->mixes, name, "mixes_", value);
    if (!strcmp(name, "others")) machine->others = value;
    if (!strcmp(name, "peak_f32")) machine->peak[0] = value;
    if (!strcmp(name, "peak_f64")) machine->peak[1] = value;
    if (!strcmp(name, "past_DRAM_one")) machine->past[0] = value;
    if (!strcmp(name, "past_DRAM_all")) machine->past[1] = value;
    if (!strcmp(name, "chain_f32")) machine->chain[0] = value;
    if (!strcmp(name, "chain_f64")) machine->chain[1] = value;
    if (!strcmp(name, "exp_alone_f32")) machine->alone[0] = value;
    if (!strcmp(name, "exp_alone_f64")) machine->alone[1] = value;
    if (!strcmp(name, "div_alone_f32")) machine->div_alone[0] = value;
    if (!strcmp(name, "div_alone_f64")) machine->div_alone[1] = value;
    if (!strcmp(name, "random_f32")) machine->random[0] = value;
    if (!strcmp(name, "random_f64")) machine->random[1] = value;
    if (!strcmp(name, "fork_join")) machine->fork_join = value;
    bandwidth_set(&machine->one, "", "_one", name, value);
    bandwidth_set(&machine->all, "", "_all", name, value);
    bandwidth_set(&machine->waits, "waits_", "", name, value);
    work_set(machine, name, value);
    call_set(arena, machine, name, value);
}

static bool all_positive(const Machine *machine) {
    bool good = machine->peak[0] > 0 && machine->peak[1] > 0 && machine->chain[0] > 0 &&
                machine->chain[1] > 0 && machine->fork_join > 0 && machine->others > 0 &&
                machine->past[0] > 0 && machine->past[1] > 0;
    for (int wide = 0; wide < 2; wide++)
        good = good && machine->alone[wide] > 0 && machine->div_alone[wide] > 0 &&
               machine->random[wide] > 0;
    for (int i = 0; i < WORK_COUNT; i++)
        good = good && machine->work[i][0] > 0;
    for (int i = 0; i <= WORK_SCAN; i++)
        good = good && machine->work[i][1] > 0;
    for (int i = 0; i < LEVEL_COUNT; i++)
        good = good && machine->size[i] > 0 && machine->mixes[i] > 0;
    good = good && bandwidth_is_positive(&machine->one) && bandwidth_is_positive(&machine->all) &&
           bandwidth_is_positive(&machine->waits);
    const Lines *lines = &machine->lines;
    for (int i = 0; i < LINE_SIZES; i++)
        good = good && lines->bytes[i] > (i ? lines->bytes[i - 1] : 0) && lines->line[i] > 0 &&
               lines->row[i] > 0 && lines->add[i] > 0;
    return good;
}

/* False where a line is missing: the file was cut, or edited. */
static bool text_read(Arena *arena, Machine *machine, const char *text) {
    *machine = (Machine){.processor = processor_name(arena), .threads = processor_count()};
    machine->size[LEVEL_DRAM] = 1e300;
    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        size_t length = strcspn(line, " \n");
        char *end;
        double value = strtod(line + length, &end);
        if (line[length] == ' ' && end > line + length && value > 0)
            value_set(arena, machine, arena_text(arena, line, length), value);
    }
    return all_positive(machine);
}

/* --- measuring --- */

static Text *said; /* the kernels know no other place */

static void say(const char *name, double value) {
    text_format(said, "%s %.6g\n", name, value);
}

static bool measure(Compiler *compiler, Build *build, Text *text) {
    Arena *arena = compiler->arena;
    Model model = {.name = "calibration"};
    Compilation c = {.compiler = compiler, .model = &model};
    c.c_text = text_new(arena), c.h_text = text_new(arena);
    for (int i = 0; i < KERNEL_FILES; i++)
        text_add(&c.c_text, embedded_file(kernel_files[i]));
    Files *files = files_new(compiler);
    const char *temporary = getenv("TMPDIR");
    const char *folder = files_folder(files, temporary && *temporary ? temporary : "/tmp", NULL);
    Calibrate *calibrate = NULL;
    if (folder && build_library(build, files, folder, &c, NULL, NULL)) {
        /* Stays loaded: OpenMP's threads outlive the call. */
        void *handle = dlopen(arena_format(arena, "%s/libcalibration.so", folder),
                              RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
        if (handle) *(void **)&calibrate = dlsym(handle, "steelyard_calibrate");
        if (!calibrate)
            report(compiler->diagnostics, LIBRARY_NOT_LOADED, (Span){0, 0}, model.name, dlerror());
    }
    files_discard(files);
    if (!calibrate) return false;
    *text = text_new(arena);
    said = text;
    calibrate(processor_count(), say);
    return true;
}

static void keep(Compiler *compiler, const char *path, const Text *text) {
    if (!path) {
        report(compiler->diagnostics, MACHINE_NOT_KEPT, (Span){0, 0},
               "there is no folder of the user's own for it");
        return;
    }
    Files *files = files_new(compiler);
    if (files_add(files, path, text->chars, text->length)) files_commit(files);
}

static bool kept_read(Compiler *compiler, const char *path, Machine *machine) {
    size_t length = 0;
    const char *reason;
    const char *text = path && access(path, R_OK) == 0
                           ? file_read(compiler->arena, path, (size_t)1 << 20, &length, &reason)
                           : NULL;
    return text && text_read(compiler->arena, machine, text);
}

bool machine_is_known(Compiler *compiler, const Options *options) {
    Build build;
    Machine machine;
    return build_setup(compiler, options, true, &build) &&
           kept_read(compiler, kept_path(compiler, &build), &machine);
}

bool machine_find(Compiler *compiler, const Options *options, Machine *machine) {
    Build build;
    if (!build_setup(compiler, options, true, &build)) return false;
    const char *path = kept_path(compiler, &build);
    if (!options->calibrate && kept_read(compiler, path, machine)) return true;
    fprintf(stderr, "steelyard: measuring this machine, once (some seconds)\n");
    Text text;
    if (!measure(compiler, &build, &text)) return false;
    keep(compiler, path, &text);
    return text_read(compiler->arena, machine, text.chars);
}
