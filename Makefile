# Steelyard. `make help` lists the targets.
#
# Everything that is made lies under $(B). Flags come from CC, CFLAGS and LDFLAGS; a change of these rebuilds what they
# touch. `make -j2` is safe.

ifeq ($(origin CC),default)
CC = clang
endif
CFLAGS ?= -O2 -g
PREFIX ?= /usr/local
B = build
VERSION = 0.1.0

WARN = -Wall -Wextra -Wshadow -Wno-unused-parameter
SANITIZERS = -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
# The compiler may contract or reorder nothing in the runtime: its bits are part of the language.
RUNTIME_FLAGS = -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off

SRC = $(filter-out compiler/main.c,$(wildcard compiler/*.c compiler/*/*.c))
OBJ = $(SRC:%.c=$(B)/%.o) $(B)/gen/parser.o $(B)/gen/lexer.o $(B)/gen/embedded.o
EMBEDDED = $(sort $(wildcard runtime/*.[ch] library/*.sy compiler/tool/kernels/*.c))
GEN = $(B)/gen/parser.h $(B)/gen/lexer.h
INC = -Icompiler -I$(B)/gen -I$(B)
RUNTIME_OBJ = $(patsubst %.c,$(B)/%.o,$(wildcard runtime/*.c))
UNIT = $(patsubst %.c,$(B)/%,$(wildcard tests/unit/test_*.c))
TEST_TOOLS = $(patsubst %.c,$(B)/%,$(wildcard tests/tools/*.c))

.PHONY: build all
.DEFAULT_GOAL = build
build: $(B)/steelyard $(B)/libsteelyard.a ## the compiler and its runtime library, in build/
all: build units

# --- the compiler ---
$(B)/steelyard: $(B)/compiler/main.o $(B)/libcompiler.a $(B)/libsteelyard.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lm -ldl -lz
$(B)/libcompiler.a: $(OBJ)
	@rm -f $@
	ar rcs $@ $^
$(B)/gen/parser.c $(B)/gen/parser.h &: grammar/parser.y
	@mkdir -p $(B)/gen
	bison -Wall -Werror -Wno-yacc -o $(B)/gen/parser.c --header=$(B)/gen/parser.h $<
$(B)/gen/lexer.c $(B)/gen/lexer.h &: grammar/lexer.l $(B)/gen/parser.h
	flex -o $(B)/gen/lexer.c --header-file=$(B)/gen/lexer.h $<
$(B)/gen/embedded.c: tools/embed.awk $(EMBEDDED)
	@mkdir -p $(B)/gen
	awk -f tools/embed.awk $(EMBEDDED) > $@.new && mv $@.new $@
$(B)/gen/%.o: $(B)/gen/%.c $(GEN) $(B)/flags
	$(CC) $(CFLAGS) -std=gnu11 $(INC) -MMD -MP -w -c -o $@ $<
$(B)/compiler/%.o: compiler/%.c $(B)/flags | $(GEN)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -std=gnu11 $(WARN) $(INC) -DSTEELYARD_VERSION='"$(VERSION)"' -MMD -MP -c -o $@ $<

# --- the runtime ---
$(B)/libsteelyard.a: $(RUNTIME_OBJ)
	@rm -f $@
	ar rcs $@ $^
$(B)/runtime/%.o: runtime/%.c $(B)/flags
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(RUNTIME_FLAGS) -std=c11 $(WARN) -Iruntime -fPIC -MMD -MP -c -o $@ $<

# --- tests ---
$(B)/tests/%.o: tests/%.c $(B)/flags | $(GEN)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -std=gnu11 $(WARN) $(INC) -Iruntime -MMD -MP -c -o $@ $<
$(B)/tests/unit/%: $(B)/tests/unit/%.o $(B)/libcompiler.a $(B)/libsteelyard.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lcriterion -lmpfr -lgmp -lm -ldl -lz -pthread
$(B)/tests/tools/%: tests/tools/%.c $(B)/flags
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -std=c11 $(WARN) -MMD -MP -MF $@.d -o $@ $< -lm
$(B)/differential: $(patsubst %.c,$(B)/%.o,$(wildcard tests/differential/*.c)) $(B)/libcompiler.a $(B)/libsteelyard.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lm -ldl -lz
.PHONY: units
units: $(UNIT) $(TEST_TOOLS) $(B)/differential
.SECONDARY: # keep the objects of test programs

# --- fuzzing: libFuzzer comes with clang ---
FUZZ = $(B)/fuzz
FUZZ_SECONDS = 60
FUZZ_FLAGS = -O1 -g1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
.PHONY: fuzz
fuzz: ## fuzz the parser, the formatter and the checker: make fuzz FUZZ_SECONDS=600
	@$(MAKE) --no-print-directory -s B=$(FUZZ) CC=clang CFLAGS='$(FUZZ_FLAGS)' fuzzers
	@mkdir -p $(FUZZ)/front $(FUZZ)/check
	cd $(FUZZ) && ./fuzz_front $(FUZZ_OPTIONS) front $(CURDIR)/tests/fuzz/corpus
	cd $(FUZZ) && ./fuzz_check $(FUZZ_OPTIONS) check $(CURDIR)/tests/fuzz/corpus
FUZZ_OPTIONS = -max_total_time=$(FUZZ_SECONDS) -timeout=20 -rss_limit_mb=4096 -print_final_stats=0 \
    -dict=$(CURDIR)/tests/fuzz/steelyard.dict
.PHONY: fuzz-programs
COUNT = 20000
SEED = 7
fuzz-programs: build units ## random programs against the evaluator: make fuzz-programs COUNT=20000 SEED=7
	$(B)/differential --count $(COUNT) --seed $(SEED)
.PHONY: fuzzers
fuzzers: $(B)/fuzz_front $(B)/fuzz_check
$(B)/fuzz_check: FUZZ_WHAT = -DFUZZ_CHECK
$(B)/fuzz_front $(B)/fuzz_check: tests/fuzz/fuzz_front.c $(B)/libcompiler.a
	$(CC) $(CFLAGS) $(FUZZ_WHAT) -fsanitize=fuzzer $(INC) -std=gnu11 -o $@ $^ -lm -ldl -lz

# What the objects were made with: rewritten only when it differs.
.PHONY: FORCE
$(B)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(CFLAGS) $(RUNTIME_FLAGS) $(WARN) $(VERSION)' | cmp -s - $@ || \
	    echo '$(CC) $(CFLAGS) $(RUNTIME_FLAGS) $(WARN) $(VERSION)' > $@

-include $(shell [ -d $(B) ] && find $(B) -path '$(B)/sanitize' -prune -o -path '$(B)/gcc' -prune -o -name '*.d' -print)

# --- what people type ---
.PHONY: help setup demo test sanitize golden pages format format-check lint install uninstall clean
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile
	@echo 'Settings: PREFIX=$(PREFIX) DESTDIR= CC=$(CC) CFLAGS="$(CFLAGS)" B=$(B)'

setup: ## install the packages that are missing (Debian; asks for root only if something is missing)
	@tools/setup.sh

demo: setup ## a short tour: a model, the C it becomes, a run on data
	@$(MAKE) --no-print-directory -j2 -s build
	@tools/demo.sh

test: setup ## every test, some under sanitizers too; one summary
	@$(MAKE) --no-print-directory -j2 -s build units
	@$(MAKE) --no-print-directory -j2 -s B=build/sanitize CFLAGS='-O1 -g1 $(SANITIZERS)' build units
	@tests/run.sh build build/sanitize

sanitize: setup build ## every test, with compiler and runtime under ASan and UBSan
	@$(MAKE) --no-print-directory -j2 -s B=build/sanitize CFLAGS='-O1 -g1 $(SANITIZERS)' build units
	@tests/run.sh build/sanitize

.PHONY: math-exhaustive
math-exhaustive: ## the f32 functions on every float32 there is (some minutes); ARGS="exp log" names some
	@mkdir -p $(B)/tests/runtime
	$(CC) -std=gnu11 $(RUNTIME_FLAGS) -march=native $(WARN) -Iruntime tests/unit/math_exhaustive.c -o $(B)/tests/runtime/exhaustive -lm
	$(B)/tests/runtime/exhaustive $(ARGS)

.PHONY: bench bench-self
bench: build ## the benchmark against PyTorch, JAX, NumPy and OpenBLAS; writes docs/benchmarks.md: make bench ROWS="a c g"
	@bench/setup.sh
	@PYTHONPATH=bench $(B)/bench/venv/bin/python bench/run.py $(BENCH_OPTIONS) $(ROWS)
bench-self: build ## the benchmark without peers, against the stored shares of the machine's limits
	@bench/setup.sh --self
	@PYTHONPATH=bench $(B)/bench/venv/bin/python bench/run.py --self $(BENCH_OPTIONS) $(ROWS)

golden: build ## rewrite tests/golden from what the compiler emits now, and show the difference
	@tests/golden/run.sh --update

.PHONY: bits hashes
hashes: build $(TEST_TOOLS) ## rewrite tests/bits/hashes.txt, hashes of what all programs give, and show the difference
	@tests/bits/matrix.sh --update
bits: build $(TEST_TOOLS) ## the contract of docs/bits.md in full: compilers, instruction sets, threads, processors
	@tools/setup.sh --bits
	@tests/bits/matrix.sh --all

pages: build ## rewrite the generated parts of docs/ and README.md
	@tools/errors_page.sh > docs/errors.md.new && mv docs/errors.md.new docs/errors.md
	@tools/library_page.sh > docs/library.md.new && mv docs/library.md.new docs/library.md
	@tools/examples_page.sh > examples/README.md.new && mv examples/README.md.new examples/README.md
	@tools/readme_parts.sh --update

C_FILES = $(wildcard compiler/*.[ch] compiler/*/*.[ch] compiler/*/*/*.c runtime/*.[ch] tools/*.c bench/*.c) \
    $(filter-out tests/golden/%,$(wildcard tests/*/*.[ch]))
format: ## clang-format all C sources
	clang-format -i $(C_FILES)
format-check: ## fails where clang-format would change something
	@clang-format --dry-run -Werror $(C_FILES)

lint: $(GEN) ## cppcheck and clang-tidy
	@tools/lint.sh $(INC)

install: build ## to PREFIX, under DESTDIR if that is given
	@DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' VERSION='$(VERSION)' B='$(B)' tools/install.sh install
uninstall: ## take away what install put there
	@DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' VERSION='$(VERSION)' B='$(B)' tools/install.sh uninstall

clean: ## remove all that was built
	rm -rf $(B)
