# Makefile - build, test, install and show caravan
#
#   make            the four programs, in build/bin
#   make demo       a whole migration between throwaway servers (USERS=100000)
#   make check      every test; the last line is "N passed, N failed"
#
# Everything built lies under $(B).  One file, no recursion into folders.

VERSION = 0.1.0
B ?= build
PREFIX ?= /usr/local
DESTDIR ?=
PROGRAM_PREFIX ?=
USERS ?= 100000

CC ?= cc
OPT ?= -O2 -g
SAN ?=
WARN = -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
       -Wpointer-arith -Wformat=2 -Wno-format-nonliteral $(WERROR)
WERROR ?=
PKGS = libpq libmariadb libzstd jansson libxxhash libpcre2-8 gmp libcrypto
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null)
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -DCARAVAN_VERSION='"$(VERSION)"' -I. -Ilib \
	     $(WARN) $(OPT) $(SAN) $(PKG_CFLAGS) $(CFLAGS)
ALL_LDFLAGS = $(SAN) $(LDFLAGS) -Wl,--as-needed
LIBS = -lcsv -lpg_query $(PKG_LIBS) -lpthread -lm

PROGRAMS = extract transform validate load

# The rooms of lib/ that each program stands on.
ROOMS_extract   = lib lib/csv lib/shard lib/schema lib/db
ROOMS_transform = lib lib/csv lib/shard lib/schema lib/expr
ROOMS_validate  = lib lib/csv lib/shard lib/schema lib/expr
ROOMS_load      = lib lib/csv lib/shard lib/schema lib/db

SOURCES := $(filter-out %_test.c %_fuzz.c,$(wildcard lib/*.c lib/*/*.c $(PROGRAMS:=/*.c)))
UNIT_TESTS := $(wildcard lib/*_test.c lib/*/*_test.c $(PROGRAMS:=/*_test.c))
FUZZERS := $(wildcard lib/*_fuzz.c lib/*/*_fuzz.c $(PROGRAMS:=/*_fuzz.c))
BATS := $(wildcard lib/*.bats lib/*/*.bats $(PROGRAMS:=/*.bats) scripts/*.bats fixtures/*.bats \
	fixtures/*/*.bats)
HEADERS := $(wildcard lib/*.h lib/*/*.h $(PROGRAMS:=/*.h))

# objects,DIRS: the objects of all sources in those folders
objects = $(patsubst %.c,$(B)/obj/%.o,$(foreach d,$(1),$(filter $(d)/%,$(filter-out $(d)/%/,\
	  $(foreach s,$(SOURCES),$(if $(filter $(d)/,$(dir $(s))),$(s)))))))

.PHONY: all check check-asan demo bench soak fuzz lint install uninstall clean deps tests
all: $(PROGRAMS:%=$(B)/bin/%)

define program_rule
$(B)/bin/$(1): $(call objects,$(1) $(ROOMS_$(1)))
	@mkdir -p $$(@D)
	$(CC) $(ALL_LDFLAGS) -o $$@ $$^ $(LIBS)
endef
$(foreach p,$(PROGRAMS),$(eval $(call program_rule,$(p))))

# A test stands beside its module and links its room and the rooms below.
define test_rule
$(B)/test/$(1:.c=): $(B)/obj/$(1:.c=.o) $(filter-out %/main.o,$(call objects,$(2)))
	@mkdir -p $$(@D)
	$(CC) $(ALL_LDFLAGS) -o $$@ $$^ $(LIBS) -lcmocka
endef
test_rooms = $(sort lib lib/csv lib/shard $(patsubst %/,%,$(dir $(1))) \
	     $(ROOMS_$(patsubst %/,%,$(dir $(1)))))
$(foreach t,$(UNIT_TESTS),$(eval $(call test_rule,$(t),$(call test_rooms,$(t)))))
tests: $(UNIT_TESTS:%.c=$(B)/test/%)

$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

-include $(patsubst %.c,$(B)/obj/%.d,$(SOURCES) $(UNIT_TESTS) $(FUZZERS))

# make fuzz [FUZZ_SECONDS=N] [F=lib/csv/csv_reader_fuzz.c]: libFuzzer with ASan and UBSan, one
# after the other; an input that fails is left in $(B)/fuzz.
FUZZ_SECONDS ?= 60
F ?= $(FUZZERS)
define fuzz_rule
$(B)/fuzz/$(1:.c=): $(1) $(filter-out %/main.c,$(patsubst $(B)/obj/%.o,%.c,$(call objects,$(2)))) $(HEADERS)
	@mkdir -p $$(@D)
	clang $(ALL_CFLAGS) -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
		-o $$@ $$(filter %.c,$$^) $(LIBS)
endef
$(foreach f,$(FUZZERS),$(eval $(call fuzz_rule,$(f),$(call test_rooms,$(f)))))
fuzz: $(F:%.c=$(B)/fuzz/%)
	for f in $^; do mkdir -p $$f.corpus && $$f -max_total_time=$(FUZZ_SECONDS) -max_len=4000 \
		-artifact_prefix=$$f- -print_final_stats=1 $$f.corpus || exit 1; done

clean:
	rm -rf $(B)
