# Writes C in which each file given is a string, for base/embedded.h: the runtime's headers and the library, which the
# compiler carries inside itself. Names are the paths as given; they must come sorted.
BEGIN {
    print "#include \"base/embedded.h\"\n#include <stddef.h>\n\nconst Embedded embedded_files[] = {"
}
FNR == 1 {
    if (NR > 1) print "    },"
    printf "    {\"%s\",\n", FILENAME
}
{
    gsub(/\\/, "&&")
    gsub(/"/, "\\\"")
    gsub(/\t/, "\\t")
    gsub(/\?/, "\\?")
    printf "     \"%s\\n\"\n", $0
}
END {
    if (NR > 0) print "    },"
    print "    {NULL, NULL},\n};"
}
