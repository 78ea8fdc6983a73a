/* Finds an embedded file. In: its path in this repository; out: its text. The table is made by
 * tools/embed.awk. */
#include "base/embedded.h"
#include <stddef.h>
#include <string.h>

const char *embedded_file(const char *name) {
    for (const Embedded *file = embedded_files; file->name; ++file) {
        if (strcmp(file->name, name) == 0) return file->text;
    }
    return NULL;
}
