/* In: a C compiler, a level of a processor as --march names it, and the processor that we run on;
 * out: whether the one knows the level and the other has its instructions.
 *
 * No list of processors is kept here. The C compiler itself is asked, by the macros that it defines
 * for a level (__AVX2__), and so every name that it takes is understood, `znver3` as well as
 * `x86-64-v3`. Each macro stands for instructions, and for those the processor is asked. */
#include "tool/processor.h"
#include "tool/file.h"
#include <string.h>
#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

typedef struct Instructions {
    const char *macro; /* as C compilers define it where they use these instructions */
    const char *name;  /* as people call them */
    int level;         /* of x86-64, from 2 on, which has them; 0: no level has */
    bool has;          /* this processor has them */
} Instructions;

enum {
    INSTRUCTIONS_MOST = 64
};

/* --- the processor --- */

#if defined(__x86_64__)
#define HERE "x86-64"
#define HERE_MACRO "__x86_64__"

enum {
    EAX,
    EBX,
    ECX,
    EDX
};

static const struct {
    const char *macro, *name;
    int level;
    unsigned leaf, subleaf, reg, bit; /* of the instruction CPUID */
} x86[] = {
    {"__SSE3__", "SSE3", 2, 1, 0, ECX, 0},
    {"__SSSE3__", "SSSE3", 2, 1, 0, ECX, 9},
    {"__SSE4_1__", "SSE4.1", 2, 1, 0, ECX, 19},
    {"__SSE4_2__", "SSE4.2", 2, 1, 0, ECX, 20},
    {"__POPCNT__", "POPCNT", 2, 1, 0, ECX, 23},
    {"__AVX__", "AVX", 3, 1, 0, ECX, 28},
    {"__AVX2__", "AVX2", 3, 7, 0, EBX, 5},
    {"__FMA__", "FMA", 3, 1, 0, ECX, 12},
    {"__BMI__", "BMI", 3, 7, 0, EBX, 3},
    {"__BMI2__", "BMI2", 3, 7, 0, EBX, 8},
    {"__F16C__", "F16C", 3, 1, 0, ECX, 29},
    {"__LZCNT__", "LZCNT", 3, 0x80000001u, 0, ECX, 5},
    {"__MOVBE__", "MOVBE", 3, 1, 0, ECX, 22},
    {"__AVX512F__", "AVX-512", 4, 7, 0, EBX, 16},
    {"__AVX512BW__", "AVX-512 BW", 4, 7, 0, EBX, 30},
    {"__AVX512CD__", "AVX-512 CD", 4, 7, 0, EBX, 28},
    {"__AVX512DQ__", "AVX-512 DQ", 4, 7, 0, EBX, 17},
    {"__AVX512VL__", "AVX-512 VL", 4, 7, 0, EBX, 31},
    {"__AVX512ER__", "AVX-512 ER", 0, 7, 0, EBX, 27},
    {"__AVX512PF__", "AVX-512 PF", 0, 7, 0, EBX, 26},
    {"__AVX512IFMA__", "AVX-512 IFMA", 0, 7, 0, EBX, 21},
    {"__AVX512VBMI__", "AVX-512 VBMI", 0, 7, 0, ECX, 1},
    {"__AVX512VBMI2__", "AVX-512 VBMI2", 0, 7, 0, ECX, 6},
    {"__AVX512VNNI__", "AVX-512 VNNI", 0, 7, 0, ECX, 11},
    {"__AVX512BITALG__", "AVX-512 BITALG", 0, 7, 0, ECX, 12},
    {"__AVX512VPOPCNTDQ__", "AVX-512 VPOPCNTDQ", 0, 7, 0, ECX, 14},
    {"__AVX512FP16__", "AVX-512 FP16", 0, 7, 0, EDX, 23},
    {"__AVX512BF16__", "AVX-512 BF16", 0, 7, 1, EAX, 5},
    {"__AVXVNNI__", "AVX-VNNI", 0, 7, 1, EAX, 4},
    {"__SSE4A__", "SSE4A", 0, 0x80000001u, 0, ECX, 6},
    {"__XOP__", "XOP", 0, 0x80000001u, 0, ECX, 11},
    {"__FMA4__", "FMA4", 0, 0x80000001u, 0, ECX, 16},
    {"__TBM__", "TBM", 0, 0x80000001u, 0, ECX, 21},
};

/* Which registers the system keeps when it changes between programs, as XCR0 has them; 0 where it
 * does not say. __builtin_cpu_supports would tell too, but asks the processor everything whenever
 * this program starts, which in a virtual machine takes longer than to parse most models. */
static unsigned registers_kept(void) {
    unsigned a, b, c = 0, d;
    __get_cpuid(1, &a, &b, &c, &d);
    if (!(c >> 27 & 1)) return 0; /* OSXSAVE */
    __asm__("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
    return a;
}

static int processor_instructions(Instructions *all) {
    enum {
        AVX_KEPT = 0x6,
        AVX512_KEPT = 0xe6
    };
    int count = sizeof x86 / sizeof *x86;
    const unsigned kept = registers_kept();
    for (int i = 0; i < count; i++) {
        unsigned registers[4] = {0};
        __get_cpuid_count(x86[i].leaf, x86[i].subleaf, &registers[EAX], &registers[EBX],
                          &registers[ECX], &registers[EDX]);
        bool has = registers[x86[i].reg] >> x86[i].bit & 1;
        if (strncmp(x86[i].name, "AVX-512", 7) == 0)
            has = has && (kept & AVX512_KEPT) == AVX512_KEPT;
        else if (x86[i].level == 3)
            has = has && (kept & AVX_KEPT) == AVX_KEPT;
        all[i] = (Instructions){x86[i].macro, x86[i].name, x86[i].level, has};
    }
    return count;
}

#elif defined(__aarch64__)
#define HERE "aarch64"
#define HERE_MACRO "__aarch64__"

static int processor_instructions(Instructions *all) {
    unsigned long one = getauxval(AT_HWCAP), two = getauxval(AT_HWCAP2);
    const Instructions known[] = {
        {"__ARM_FEATURE_ATOMICS", "LSE", 0, one & HWCAP_ATOMICS},
        {"__ARM_FEATURE_QRDMX", "RDM", 0, one & HWCAP_ASIMDRDM},
        {"__ARM_FEATURE_FP16_VECTOR_ARITHMETIC", "FP16", 0, one & HWCAP_ASIMDHP},
        {"__ARM_FEATURE_DOTPROD", "DOTPROD", 0, one & HWCAP_ASIMDDP},
        {"__ARM_FEATURE_COMPLEX", "FCMA", 0, one & HWCAP_FCMA},
        {"__ARM_FEATURE_SVE", "SVE", 0, one & HWCAP_SVE},
        {"__ARM_FEATURE_SVE2", "SVE2", 0, two & HWCAP2_SVE2},
        {"__ARM_FEATURE_BF16_VECTOR_ARITHMETIC", "BF16", 0, two & HWCAP2_BF16},
        {"__ARM_FEATURE_MATMUL_INT8", "I8MM", 0, two & HWCAP2_I8MM},
    };
    memcpy(all, known, sizeof known);
    return sizeof known / sizeof *known;
}

#else
#define HERE "another kind"
#define HERE_MACRO "" /* any */

static int processor_instructions(Instructions *all) {
    (void)all;
    return 0;
}
#endif

/* The highest level of x86-64 all of whose instructions are there; NULL on another processor. */
static const char *processor_level(void) {
    static const char *const names[] = {"x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4"};
    Instructions all[INSTRUCTIONS_MOST];
    int count = processor_instructions(all), level = 4;
    if (strcmp(HERE, names[0]) != 0) return NULL;
    for (int i = 0; i < count; i++)
        if (all[i].level && !all[i].has && all[i].level <= level) level = all[i].level - 1;
    return names[level - 1];
}

/* --- the C compiler --- */

const char *target_macros(Arena *arena, const char *cc, const char *level) {
    Text said = text_new(arena);
    Strings command = {0};
    const char *reason;
    vector_push(arena, &command, cc);
    if (level) vector_push(arena, &command, arena_format(arena, "-march=%s", level));
    static const char *const rest[] = {"-dM", "-E", "-x", "c", "/dev/null"};
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++)
        vector_push(arena, &command, rest[i]);
    return process_run(arena, &command, &said, &reason) && strstr(said.chars, "#define __STDC__ ")
               ? said.chars
               : NULL;
}

bool target_defines(const char *macros, const char *name) {
    size_t length = strlen(name);
    for (const char *at = macros; (at = strstr(at, "#define ")); at += strlen("#define ")) {
        const char *word = at + strlen("#define ");
        if (strncmp(word, name, length) == 0 && word[length] == ' ') return true;
    }
    return false;
}

/* Of the names that are usual, those that this compiler knows. */
static const char *known_levels(Arena *arena, const char *cc) {
    static const char *const usual[] = {"x86-64",  "x86-64-v2", "x86-64-v3", "x86-64-v4",
                                        "armv8-a", "armv8.2-a", "armv9-a",   "native"};
    Text list = text_new(arena);
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (target_macros(arena, cc, usual[i]))
            text_format(&list, "%s%s", list.length ? ", " : "", usual[i]);
    return list.length ? list.chars : "none that is usual";
}

/* What a compilation with these macros may use and this processor lacks, or NULL. */
static const char *lacking(Arena *arena, const char *macros) {
    Instructions all[INSTRUCTIONS_MOST];
    int count = processor_instructions(all), lacks = 0;
    Text list = text_new(arena);
    for (int i = 0; i < count; i++) {
        if (all[i].has || !target_defines(macros, all[i].macro)) continue;
        if (lacks++ < 3) text_format(&list, "%s%s", list.length ? ", " : "", all[i].name);
    }
    if (lacks > 3) text_add(&list, ", ...");
    return lacks ? list.chars : NULL;
}

static bool can_run(Compiler *compiler, const char *cc, const Processor *target,
                    const char *lacks) {
    Arena *arena = compiler->arena;
    const char *most = processor_level();
    if (target->elsewhere)
        report(compiler->diagnostics, TARGET_ELSEWHERE, (Span){0, 0}, path_base(arena, cc), HERE);
    else if (lacks)
        report(compiler->diagnostics, LEVEL_NOT_HERE, (Span){0, 0}, target->level, lacks,
               most ? arena_format(arena, "this processor has %s at most: --march %s", most, most)
                    : "take what this processor has: --march native");
    return !target->elsewhere && !lacks;
}

bool level_is_wide(const char *level) {
    return strcmp(level, "x86-64-v4") == 0;
}

bool target_find(Compiler *compiler, const Options *options, const char *cc, bool runs_here,
                 Processor *target) {
    const char *most = processor_level(), *asked = options->march;
    /* x86-64-v3 is taken where there is v4 too: some processors are slowed down by wide vectors */
    bool is_fast = most && strcmp(most, "x86-64-v3") >= 0;
    *target = (Processor){.level = asked ? asked : is_fast ? "x86-64-v3" : NULL};
    target->wide = asked && level_is_wide(asked);
    if (!asked && !options->cc) return true; /* the usual case asks nobody */
    const char *macros = target_macros(compiler->arena, cc, asked);
    if (!macros && asked && target_macros(compiler->arena, cc, NULL)) {
        report(compiler->diagnostics, LEVEL_UNKNOWN, (Span){0, 0}, asked,
               path_base(compiler->arena, cc), known_levels(compiler->arena, cc));
        return false;
    }
    if (!macros) return true; /* a compiler that can not tell: it says more when it compiles */
    target->wide = target_defines(macros, "__AVX512F__");
    target->elsewhere = *HERE_MACRO && !target_defines(macros, HERE_MACRO);
    if (target->elsewhere) target->level = asked;
    return !runs_here ||
           can_run(compiler, cc, target, asked ? lacking(compiler->arena, macros) : NULL);
}
