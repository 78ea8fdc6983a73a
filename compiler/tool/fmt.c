/* fmt: files laid out the one way. */
#include "tool/command.h"

int command_fmt(Compiler *compiler, const Options *options) {
    return usage_error(options->command, "this build has no formatter");
}
