/* What the C compiler makes code for (--march), and what the processor that we run on can do. */
#ifndef TOOL_PROCESSOR_H
#define TOOL_PROCESSOR_H
#include "tool/command.h"

/* The lines `#define NAME VALUE` of what cc defines by itself when it makes code for a level (NULL:
 * for what it takes without being told), or NULL: it knows no such level. */
const char *target_macros(Arena *arena, const char *cc, const char *level);
/* Whether one of those lines defines the name. */
bool target_defines(const char *macros, const char *name);

/* Whether a level of x86-64 has vectors of 512 bits, without asking a compiler. */
bool level_is_wide(const char *level);

typedef struct Processor {
    const char *level; /* for -march; NULL: whatever the compiler takes without being told */
    bool elsewhere;    /* another kind of processor than ours */
    bool wide;         /* it has vectors of 512 bits */
} Processor;

/* What is compiled for: as --march says, or what suits this processor and the C compiler. False:
 * the compiler does not know it, or runs_here and this processor can not run it: reported. */
bool target_find(Compiler *compiler, const Options *options, const char *cc, bool runs_here,
                 Processor *target);
#endif
