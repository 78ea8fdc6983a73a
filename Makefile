# Steelyard: make build | test | demo | golden | install | clean ...
CC = clang
CFLAGS ?= -O2 -g
WARN = -Wall -Wextra -Wshadow -Wno-unused-parameter
B = build
FRONT = $(B)/gen/parser.c $(B)/gen/lexer.c
SRC = $(filter-out compiler/main.c,$(wildcard compiler/*.c compiler/*/*.c))
OBJ = $(SRC:%.c=$(B)/%.o) $(B)/gen/parser.o $(B)/gen/lexer.o
INC = -Icompiler -I$(B)/gen -I$(B)

.PHONY: build clean
build: $(B)/steelyard

$(B)/steelyard: $(B)/compiler/main.o $(B)/libcompiler.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lm -ldl -lz
$(B)/libcompiler.a: $(OBJ)
	rm -f $@ && ar rcs $@ $^
$(B)/gen/parser.c $(B)/gen/parser.h: grammar/parser.y
	@mkdir -p $(B)/gen
	bison -Wall -Werror -Wno-yacc -o $(B)/gen/parser.c --header=$(B)/gen/parser.h $<
$(B)/gen/lexer.c $(B)/gen/lexer.h: grammar/lexer.l $(B)/gen/parser.h
	flex -o $(B)/gen/lexer.c --header-file=$(B)/gen/lexer.h $<
$(B)/gen/%.o: $(B)/gen/%.c $(B)/gen/parser.h $(B)/gen/lexer.h
	$(CC) $(CFLAGS) -std=gnu11 $(INC) -MMD -w -c -o $@ $<
$(B)/%.o: %.c | $(B)/gen/parser.h $(B)/gen/lexer.h
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -std=gnu11 $(WARN) $(INC) -MMD -c -o $@ $<
clean:
	rm -rf $(B)
-include $(wildcard $(B)/*/*.d $(B)/*/*/*.d)
