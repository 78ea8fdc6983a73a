/* Steelyard runtime: names of a file that is compiled once for each level of the processor, with
 * -DSTEELYARD_LEVEL=x86_64_v3 and so on. Included by what `--multiversion` makes. */
#ifndef STEELYARD_VERSION_H
#define STEELYARD_VERSION_H

#ifndef STEELYARD_LEVEL
#error                                                                                             \
    "Steelyard: compile this file once for each level: -march=x86-64-v3 -DSTEELYARD_LEVEL=x86_64_v3 ..."
#endif

/* SY_LEVEL(average) is average_x86_64_v3. */
#define SY_LEVEL_PASTE(name, level) name##_##level
#define SY_LEVEL_JOIN(name, level) SY_LEVEL_PASTE(name, level)
#define SY_LEVEL(name) SY_LEVEL_JOIN(name, STEELYARD_LEVEL)
#endif
