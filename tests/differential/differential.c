/* Random programs: the C that they become against the reference evaluator, and against itself.
 *
 *     differential --count 2000 --seed 1 [--first I] [--keep DIR] [--cc CC] [--flags FLAGS]
 * [--runtime DIR]
 *                  [--jobs N] [--level N] [--seconds N] [--no-shrink] [--print] [FILE.sy ...]
 *
 * Many programs make one library. Each is run at several sizes; test.h lists what may be wrong with
 * it. Every batch is a process of its own, so that a fault of the compiler ends nothing else. A
 * program that fails is made smaller as long as it fails in the same way, then printed with its
 * seed. */
#include "test.h"
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    BATCH = 40,
    MOST_JOBS = 16,
    SHRINKING = 60, /* for making the program of one failure smaller, and for each try at that */
    MOST_SHRUNK = 8 /* programs that are made smaller; more are only printed */
};

typedef struct Options {
    int count, first, jobs, level;
    unsigned seconds; /* for a batch, before it hangs: under sanitizers one program took a minute */
    uint64_t seed;
    const char *folder, *cc, *flags, *runtime;
    bool shrinks;
} Options;

typedef struct Batch {
    int first, count;
    pid_t process;
    Result *results; /* shared */
    bool skip[BATCH];
} Batch;

static const char *const fault_names[] = {
    "passed",
    "refused by the checker",
    "crashed",
    "printed as another program",
    "not C",
    "the evaluator gives up",
    "simplified to another value",
    "refuses its data",
    "wrong",
    "other bits on other threads",
    "what does not exist changes the result",
    "a derivative is wrong",
};

static uint64_t seed_of(const Options *options, int program) {
    return options->seed * 1000003u + (uint64_t)program;
}

/* --- inside a process --- */

static void *library_load(const Options *options, const char *name, const Text *all) {
    char path[600], command[3000];
    snprintf(path, sizeof path, "%s/%s.c", options->folder, name);
    FILE *file = fopen(path, "w");
    if (!file || fwrite(all->chars, 1, all->length, file) != all->length || fclose(file) != 0) {
        perror(path);
        exit(2);
    }
    /* Not longer than this process has: its alarm ends no other process, timeout all of the group.
     */
    unsigned left = alarm(0);
    snprintf(command, sizeof command,
             "timeout %u %s %s -fno-math-errno -fno-trapping-math -ffp-contract=off -fopenmp -fPIC "
             "-shared -w "
             "-I%s -o %s/%s.so %s -lm",
             left, options->cc, options->flags, options->runtime, options->folder, name, path);
    int status = system(command);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 124) raise(SIGALRM);
    alarm(left);
    if (status != 0) return NULL;
    snprintf(path, sizeof path, "%s/%s.so", options->folder, name);
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) fprintf(stderr, "%s\n", dlerror());
    return library; /* never closed: the threads of its OpenMP are still there */
}

static void test_start(const Options *options, Test *test, const char *name, const Sample *program,
                       Result *result) {
    *test = (Test){.compiler = compiler_new(),
                   .name = name,
                   .is_double = program->is_double,
                   .level = options->level,
                   .result = result};
    /* Random arrays are small: in most programs they go through panels all the same. */
    test->compiler->panels_always = atoi(name + 1) % 4 != 0;
    Text text = text_new(test->compiler->arena);
    sample_print(&text, program);
    test->text = text.chars;
    result->started = true;
}

/* What has no loop for threads may be linked without OpenMP. */
static void one_thread(int threads) {
    (void)threads;
}

static void test_finish(Test *test, void *library, uint64_t seed) {
    char symbol[100];
    snprintf(symbol, sizeof symbol, "%s_packed", test->name);
    test->result->started = true;
    Packed *packed = (Packed *)dlsym(library, symbol);
    void (*set_threads)(int) = (void (*)(int))dlsym(library, "omp_set_num_threads");
    if (packed)
        test_run(test, packed, set_threads ? set_threads : one_thread, seed);
    else
        test_fail(test, FAULT_NOT_C, "%s is not there", symbol);
    test->result->done = true;
}

static void batch_run(const Options *options, Batch *batch) {
    Test tests[BATCH];
    bool ready[BATCH] = {0};
    Arena *arena = arena_new();
    Text all = text_new(arena);
    text_add(&all, "");
    char name[64];
    for (int i = 0; i < batch->count; i++) {
        Result *result = &batch->results[i];
        if (batch->skip[i] || result->done) continue;
        Sample *program = sample_generate(arena, seed_of(options, batch->first + i),
                                          arena_format(arena, "p%d", batch->first + i));
        test_start(options, &tests[i], program->name, program, result);
        ready[i] = test_compile(&tests[i], &all);
        result->started = false;
        if (ready[i]) continue;
        result->done = true;
        compiler_free(tests[i].compiler);
    }
    snprintf(name, sizeof name, "batch%d_%d", (int)(options->seed % 1000000), batch->first);
    void *library = all.length > 0 ? library_load(options, name, &all) : NULL;
    for (int i = 0; i < batch->count; i++) {
        if (!ready[i]) continue;
        if (library) test_finish(&tests[i], library, seed_of(options, batch->first + i));
        compiler_free(tests[i].compiler);
    }
    arena_free(arena);
}

/* --- one program in a process of its own --- */

static Result *results_new(int count) {
    void *memory = mmap(NULL, sizeof(Result) * (size_t)count, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) exit(2);
    return memory;
}

static void results_free(Result *results, int count) {
    munmap(results, sizeof(Result) * (size_t)count);
}

/* What is said on standard error goes to a file. */
static void redirect(const Options *options, const char *name) {
    char path[600];
    snprintf(path, sizeof path, "%s/%s.log", options->folder, name);
    if (!freopen(path, "w", stderr)) exit(2);
    setvbuf(stderr, NULL, _IONBF, 0); /* a fault's message shall be there */
}

static void read_log(const Options *options, const char *name, char *text, size_t size) {
    char path[600];
    snprintf(path, sizeof path, "%s/%s.log", options->folder, name);
    FILE *file = fopen(path, "r");
    size_t length = file ? fread(text, 1, size - 1, file) : 0;
    text[length] = 0;
    if (file) fclose(file);
}

static void single_run(const Options *options, const Sample *program, uint64_t seed,
                       unsigned seconds, Result *result) {
    memset(result, 0, sizeof *result);
    fflush(stdout);
    pid_t process = fork();
    if (process == 0) {
        redirect(options, "single");
        alarm(seconds);
        Test test;
        test_start(options, &test, program->name, program, result);
        Text all = text_new(test.compiler->arena);
        if (test_compile(&test, &all)) {
            void *library = library_load(options, "single", &all);
            if (library)
                test_finish(&test, library, seed);
            else
                test_fail(&test, FAULT_NOT_C, "the C compiler refuses it");
        }
        result->done = true;
        compiler_free(test.compiler);
        exit(0);
    }
    int status = 0;
    waitpid(process, &status, 0);
    char log[3000];
    read_log(options, "single", log, sizeof log);
    if (result->fault == FAULT_REFUSED) {
        const char *error = strstr(log, "error: ");
        const char *end = error ? strchr(error, '\n') : NULL;
        snprintf(result->what, sizeof result->what, "%.*s", end ? (int)(end - error) : 0,
                 error ? error : "");
    }
    if (status == 0 && result->done) return;
    if (result->fault == FAULT_NONE) {
        result->fault = FAULT_CRASHED;
        if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
            snprintf(result->what, sizeof result->what, "not done in time");
        else
            snprintf(result->what, sizeof result->what, "signal %d, status %d: %.300s",
                     WIFSIGNALED(status) ? WTERMSIG(status) : 0,
                     WIFEXITED(status) ? WEXITSTATUS(status) : 0, log);
    }
}

typedef struct Same {
    const Options *options;
    uint64_t seed;
    Result *result; /* of the last try */
    Result wanted;
} Same;

static bool fails_alike(void *context, const Sample *program) {
    Same *same = context;
    single_run(same->options, program, same->seed, SHRINKING, same->result);
    if (same->result->fault != same->wanted.fault) return false;
    if (same->result->fault != FAULT_CRASHED && same->result->fault != FAULT_REFUSED) return true;
    return strncmp(same->result->what, same->wanted.what, 60) == 0; /* the same message */
}

static void tell(const Options *options, int number, const Result *result, bool shrink) {
    Arena *arena = arena_new();
    uint64_t seed = seed_of(options, number);
    Sample *program = sample_generate(arena, seed, arena_format(arena, "p%d", number));
    Result *single = results_new(1);
    single_run(options, program, seed, options->seconds, single);
    char log[3000];
    Same same = {options, seed, single, *single};
    if (single->fault == FAULT_NONE) {
        printf("FAIL: --seed %llu --first %d --count 1: %s: %s\n(but alone it passes)\n",
               (unsigned long long)options->seed, number, fault_names[result->fault], result->what);
    } else {
        int position = 0, steps = 0;
        bool again = true;
        Result last = *single;
        time_t end = time(NULL) + SHRINKING;
        while (shrink && again && steps < 200 && time(NULL) < end) {
            again = false;
            while (steps++ < 200 && time(NULL) < end &&
                   sample_smaller(arena, program, fails_alike, &same, &position))
                again = true, last = *single;
        }
        single_run(options, program, seed, options->seconds, single);
        read_log(options, "single", log, sizeof log);
        if (single->fault == FAULT_NONE) *single = last;
        printf("FAIL: --seed %llu --first %d --count 1: %s: %s\n%s",
               (unsigned long long)options->seed, number, fault_names[single->fault], single->what,
               single->fault == FAULT_REFUSED || single->fault == FAULT_PRINTED ? log : "");
    }
    Text text = text_new(arena);
    sample_print(&text, program);
    printf("%s\n", text.chars);
    fflush(stdout);
    results_free(single, 1);
    arena_free(arena);
}

/* --- batches --- */

static void batch_start(const Options *options, Batch *batch) {
    char name[64];
    fflush(stdout);
    batch->process = fork();
    if (batch->process != 0) return;
    snprintf(name, sizeof name, "batch%d", batch->first);
    redirect(options, name);
    alarm(options->seconds);
    batch_run(options, batch);
    exit(0);
}

/* True when it has to be started again, without the program that ended it. */
static bool batch_ended(const Options *options, Batch *batch, int status) {
    bool any = false;
    for (int i = 0; i < batch->count; i++) {
        Result *result = &batch->results[i];
        if (status != 0 && result->started && !result->done) {
            result->fault = FAULT_CRASHED;
            result->done = any = true;
        }
    }
    if (any) return true;
    bool left = false;
    for (int i = 0; i < batch->count; i++)
        left |= !batch->results[i].done;
    if (status == 0 && !left) return false;
    /* the C of one of them does not compile, or the process ended badly: each alone tells */
    Arena *arena = arena_new();
    for (int i = 0; i < batch->count; i++) {
        Result *result = &batch->results[i];
        if (result->done && status == 0) continue;
        int number = batch->first + i;
        Sample *program =
            sample_generate(arena, seed_of(options, number), arena_format(arena, "p%d", number));
        single_run(options, program, seed_of(options, number), options->seconds, result);
        result->done = true;
    }
    arena_free(arena);
    return false;
}

typedef struct Summary {
    int failed, told;
    int64_t compared, skipped, laws;
} Summary;

static void batch_tell(const Options *options, Batch *batch, Summary *summary) {
    for (int i = 0; i < batch->count; i++) {
        Result *result = &batch->results[i];
        summary->compared += result->compared;
        summary->skipped += result->skipped;
        summary->laws += result->laws;
        if (result->fault == FAULT_NONE) continue;
        summary->failed++;
        if (summary->told++ < MOST_SHRUNK)
            tell(options, batch->first + i, result, options->shrinks);
        else
            printf("FAIL: --seed %llu --first %d --count 1: %s: %.300s\n",
                   (unsigned long long)options->seed, batch->first + i, fault_names[result->fault],
                   result->what);
    }
    results_free(batch->results, BATCH);
}

static Summary run_all(const Options *options) {
    Batch running[MOST_JOBS] = {0};
    Summary summary = {0};
    int next = 0, active = 0;
    while (next < options->count || active > 0) {
        for (int j = 0; j < options->jobs && next < options->count; j++) {
            if (running[j].process) continue;
            int count = options->count - next < BATCH ? options->count - next : BATCH;
            running[j] = (Batch){
                .first = options->first + next, .count = count, .results = results_new(BATCH)};
            batch_start(options, &running[j]);
            next += count;
            active++;
        }
        int status = 0;
        pid_t ended = waitpid(-1, &status, 0);
        for (int j = 0; j < options->jobs; j++) {
            if (running[j].process != ended) continue;
            if (batch_ended(options, &running[j], status)) {
                batch_start(options, &running[j]);
                continue;
            }
            batch_tell(options, &running[j], &summary);
            running[j].process = 0;
            active--;
        }
    }
    return summary;
}

/* --- programs of files --- */

static char *file_text(Arena *arena, const char *path) {
    FILE *file = fopen(path, "r");
    char *text = arena_alloc(arena, 1 << 16);
    size_t length = file ? fread(text, 1, (1 << 16) - 1, file) : 0;
    if (file) fclose(file);
    return length > 0 ? text : NULL;
}

/* Every word that is no option and ends in .sy: a program of its own, named like its file. */
static Summary run_files(const Options *options, int count, char **words, int *files) {
    Summary summary = {0};
    Arena *arena = arena_new();
    Result *result = results_new(1);
    for (int i = 1; i < count; i++) {
        size_t length = strlen(words[i]);
        if (length < 4 || strcmp(words[i] + length - 3, ".sy") != 0) continue;
        ++*files;
        const char *slash = strrchr(words[i], '/'), *base = slash ? slash + 1 : words[i];
        Sample sample = {.name = arena_text(arena, base, strlen(base) - 3),
                         .text = file_text(arena, words[i])};
        if (sample.text) single_run(options, &sample, options->seed, options->seconds, result);
        summary.compared += result->compared;
        summary.skipped += result->skipped;
        summary.laws += result->laws;
        if (sample.text && result->fault == FAULT_NONE) continue;
        summary.failed++;
        printf("FAIL: %s: %s: %s\n", words[i],
               sample.text ? fault_names[result->fault] : "not read", result->what);
    }
    results_free(result, 1);
    arena_free(arena);
    return summary;
}

static const char *value_of(int count, char **words, const char *option, const char *otherwise) {
    for (int i = 1; i + 1 < count; i++)
        if (strcmp(words[i], option) == 0) return words[i + 1];
    return otherwise;
}

static bool given(int count, char **words, const char *option) {
    for (int i = 1; i < count; i++)
        if (strcmp(words[i], option) == 0) return true;
    return false;
}

static void print_programs(const Options *options) {
    Arena *arena = arena_new();
    Text text = text_new(arena);
    for (int i = 0; i < options->count; i++) {
        int number = options->first + i;
        sample_print(&text, sample_generate(arena, seed_of(options, number),
                                            arena_format(arena, "p%d", number)));
        text_add(&text, "\n");
    }
    if (text.length > 0) fwrite(text.chars, 1, text.length, stdout);
    arena_free(arena);
}

int main(int count, char **words) {
    Options options = {
        .count = atoi(value_of(count, words, "--count", "200")),
        .first = atoi(value_of(count, words, "--first", "0")),
        .jobs = atoi(value_of(count, words, "--jobs", "2")),
        .level = atoi(value_of(count, words, "--level", "1")),
        .seconds = (unsigned)atoi(value_of(count, words, "--seconds", "600")),
        .seed = strtoull(value_of(count, words, "--seed", "1"), NULL, 10),
        .folder = value_of(count, words, "--keep", NULL),
        .cc = value_of(count, words, "--cc", "clang"),
        .flags = value_of(count, words, "--flags", "-O0 -march=x86-64-v3"),
        .runtime = value_of(count, words, "--runtime", "runtime"),
        .shrinks = !given(count, words, "--no-shrink"),
    };
    if (options.jobs < 1) options.jobs = 1;
    if (options.jobs > MOST_JOBS) options.jobs = MOST_JOBS;
    if (given(count, words, "--print")) {
        print_programs(&options);
        return 0;
    }
    setenv("KMP_BLOCKTIME", "0", 0); /* more threads than cores: they may not spin */
    setenv("OMP_WAIT_POLICY", "passive", 0);
    char made[] = "/tmp/steelyard-differential-XXXXXX";
    bool keeps = options.folder != NULL;
    if (!keeps) options.folder = mkdtemp(made);
    if (!options.folder) return 2;
    if (keeps) mkdir(options.folder, 0777);
    int files = 0;
    Summary summary = run_files(&options, count, words, &files);
    if (files > 0)
        options.count = files;
    else
        summary = run_all(&options);
    if (!keeps) {
        char command[200];
        snprintf(command, sizeof command, "rm -rf %s", options.folder);
        if (system(command) != 0) return 2;
    }
    printf("%lld elements compared, %lld too close to call, %lld laws of derivatives\n",
           (long long)summary.compared, (long long)summary.skipped, (long long)summary.laws);
    printf("%d passed, %d failed\n", options.count - summary.failed, summary.failed);
    return summary.failed > 0;
}
