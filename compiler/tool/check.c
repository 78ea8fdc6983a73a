/* check: everything up to the checked program, for its messages. */
#include "pipeline.h"
#include "tool/command.h"

int command_check(Compiler *compiler, const Options *options) {
    Compilation compilation = {.compiler = compiler};
    bool good = pipeline_file(&compilation, options->arguments.items[0], "check");
    return good ? EXIT_GOOD : EXIT_USER;
}
