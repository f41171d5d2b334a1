# Makefile - build, test, install and show caravan
#
#   make            the four programs, in build/bin
#   make demo       a whole migration between throwaway servers (USERS=100000)
#   make check      every test; the last line is "N passed, N failed" (T=... chooses)
#   make check-asan the same under ASan and UBSan
#   make check-bare both commands on a Debian with nothing installed (root, debootstrap; 20 min)
#   make soak       what takes longer: KILLS=1000 kills of a migration, and the long tests
#   make lint       clang-format, clang-tidy, cppcheck, shellcheck, mandoc
#   make install    PREFIX, DESTDIR, PROGRAM_PREFIX
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
PKGS = libpq libmariadb libzstd jansson libxxhash libpcre2-8 gmp libcrypto icu-uc zlib
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null)
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -DCARAVAN_VERSION='"$(VERSION)"' -I. -Ilib \
	     $(WARN) $(OPT) $(SAN) $(PKG_CFLAGS) $(CFLAGS)
ALL_LDFLAGS = $(SAN) $(LDFLAGS) -Wl,--as-needed
LIBS = -lcsv $(PKG_LIBS) -lpg_query -lpthread -lm

# make V=1 shows the commands.
V ?=
Q = $(if $(V),,@)
say = @$(if $(V),:,echo)

PROGRAMS = extract transform validate load

# The rooms of lib/ that each program stands on.
ROOMS_extract   = lib lib/csv lib/shard lib/schema lib/db
ROOMS_transform = lib lib/csv lib/shard lib/schema lib/expr
ROOMS_validate  = lib lib/csv lib/shard lib/schema lib/expr
ROOMS_load      = lib lib/csv lib/shard lib/schema lib/db

SOURCES := $(filter-out %_test.c %_fuzz.c,$(wildcard lib/*.c lib/*/*.c $(PROGRAMS:=/*.c)))
UNIT_TESTS := $(wildcard lib/*_test.c lib/*/*_test.c $(PROGRAMS:=/*_test.c))
FUZZERS := $(wildcard lib/*_fuzz.c lib/*/*_fuzz.c $(PROGRAMS:=/*_fuzz.c))
BATS := $(wildcard lib/*.bats lib/*/*.bats $(PROGRAMS:=/*.bats) scripts/*.bats scripts/*/*.bats fixtures/*.bats \
	fixtures/*/*.bats)
HEADERS := $(wildcard lib/*.h lib/*/*.h $(PROGRAMS:=/*.h))

# objects,DIRS: the objects of all sources in those folders
objects = $(patsubst %.c,$(B)/obj/%.o,$(foreach d,$(1),$(filter $(d)/%,$(filter-out $(d)/%/,\
	  $(foreach s,$(SOURCES),$(if $(filter $(d)/,$(dir $(s))),$(s)))))))

.PHONY: all check check-asan check-bare demo bench soak fuzz lint install uninstall clean deps tests \
	check-run lint-run lint-format lint-scripts lint-man
all: $(PROGRAMS:%=$(B)/bin/%)

define program_rule
$(B)/bin/$(1): $(call objects,$(1) $(ROOMS_$(1)))
	@mkdir -p $$(@D)
	$(say) LINK $$@
	$(Q)$(CC) $(ALL_LDFLAGS) -o $$@ $$^ $(LIBS)
endef
$(foreach p,$(PROGRAMS),$(eval $(call program_rule,$(p))))

# A test stands beside its module and links its room and the rooms below.
define test_rule
$(B)/test/$(1:.c=): $(B)/obj/$(1:.c=.o) $(filter-out %/main.o,$(call objects,$(2)))
	@mkdir -p $$(@D)
	$(say) LINK $$@
	$(Q)$(CC) $(ALL_LDFLAGS) -o $$@ $$^ $(LIBS) -lcmocka
endef
test_rooms = $(sort lib lib/csv lib/shard $(if $(filter lib/db/,$(dir $(1))),lib/schema) \
	     $(patsubst %/,%,$(dir $(1))) $(ROOMS_$(patsubst %/,%,$(dir $(1)))))
$(foreach t,$(UNIT_TESTS),$(eval $(call test_rule,$(t),$(call test_rooms,$(t)))))
tests: $(UNIT_TESTS:%.c=$(B)/test/%)

$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(say) CC $<
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

-include $(patsubst %.c,$(B)/obj/%.d,$(SOURCES) $(UNIT_TESTS) $(FUZZERS) scripts/bench-parse-loop.c)

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

# ---- tests

# What programs are measured against; scripts/bench wants them.
BENCH_LOOPS := $(B)/bench/mysql-loop $(B)/bench/parse-loop

# T chooses: make check T='extract lib/csv/*_test.c scripts/sandbox.bats'.  A folder means all
# tests in it.
T ?=
JOBS ?= $(shell nproc)
CHOSEN = $(if $(T),$(wildcard $(T) $(foreach d,$(T),$(d:/=)/*_test.c $(d:/=)/*.bats)),\
	 $(UNIT_TESTS) $(BATS))
CHOSEN_UNITS = $(patsubst %.c,$(B)/test/%,$(filter %_test.c,$(CHOSEN)))
CHOSEN_BATS = $(filter %.bats,$(CHOSEN))
JOBS_FLAG = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(JOBS))

deps:
	@scripts/install-deps

# A make of its own: what pkg-config says may be known only after deps.
check: deps
	+@$(MAKE) --no-print-directory $(JOBS_FLAG) check-run

# exec: make passes a signal on to its child, and that has to be sandbox, not a shell.
check-run: $(if $(CHOSEN_BATS),all $(BENCH_LOOPS)) $(CHOSEN_UNITS)
	$(if $(strip $(CHOSEN_UNITS) $(CHOSEN_BATS)),,$(error no test is called $(T)))
	@exec env PATH="$(abspath $(B))/bin:$$PATH" CARAVAN_BUILD="$(abspath $(B))" \
		scripts/sandbox run scripts/run-tests $(CHOSEN_BATS) $(CHOSEN_UNITS)

# The same with every memory error, leak and undefined behaviour made fatal.  CARAVAN_SANITIZED
# tells tests that measure memory that this is not the time.
check-asan: export ASAN_OPTIONS = detect_leaks=1:halt_on_error=1:exitcode=99:strict_string_checks=1
check-asan: export UBSAN_OPTIONS = halt_on_error=1:print_stacktrace=1:exitcode=99
check-asan: export CARAVAN_SANITIZED = 1
check-asan:
	+@$(MAKE) --no-print-directory B=$(B)/asan OPT="-O1 -g -fno-omit-frame-pointer" \
		SAN="-fsanitize=address,undefined -fno-sanitize-recover=all" check

# SOAK tells tests that have a longer version that this is the time for it.  One file at a
# time: what is killed, and how far it had come, shall depend on nothing else that runs.
KILLS ?= 1000
soak: export SOAK = 1
soak: export KILLS := $(KILLS)
soak: export TEST_JOBS = 1
soak: export TEST_TIMEOUT ?= 7200
soak:
	+@$(MAKE) --no-print-directory check T='$(or $(T),$(shell grep -l SOAK $(UNIT_TESTS) $(BATS)))'

check-bare:
	scripts/bare-check --dir $(B)/bare

# What extract is measured against.
$(B)/bench/mysql-loop: scripts/bench-mysql-loop.c
	@mkdir -p $(@D)
	$(say) LINK $@
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< $(PKG_LIBS)

# What validate is measured against.
$(B)/bench/parse-loop: $(B)/obj/scripts/bench-parse-loop.o $(call objects,lib lib/csv lib/shard)
	@mkdir -p $(@D)
	$(say) LINK $@
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

bench: all $(BENCH_LOOPS)
	scripts/bench $(BENCH_ARGS)

# ---- lint

LINT_C := $(SOURCES) $(UNIT_TESTS) $(FUZZERS) $(wildcard scripts/*.c)
SCRIPTS := $(shell grep -lE '^\#!.*[/ ](ba)?sh$$' scripts/* scripts/*/* fixtures/*/* .ci/* 2>/dev/null) \
	$(wildcard scripts/*/*.bash) $(BATS)
MAN := $(wildcard $(PROGRAMS:=/*.1) scripts/*.[17])

lint: deps
	+@$(MAKE) --no-print-directory --keep-going $(JOBS_FLAG) lint-run

lint-run: lint-format lint-scripts lint-man $(B)/lint/cppcheck $(LINT_C:%.c=$(B)/lint/%.tidy)
	@echo lint: clean

lint-format:
	@echo clang-format
	@clang-format --dry-run -Werror $(LINT_C) $(HEADERS)

lint-scripts:
	@echo shellcheck
	@shellcheck $(SCRIPTS)

lint-man:
	@echo mandoc
	@$(if $(MAN),mandoc -T lint -W warning $(MAN))

# One file at a time, and again only when it or what it includes has changed.
$(B)/lint/%.tidy: %.c .clang-tidy
	@mkdir -p $(@D)
	@$(CC) $(ALL_CFLAGS) -MM -MP -MT $@ -MF $(@:.tidy=.d) $<
	@echo clang-tidy $<
	@clang-tidy --quiet $< -- $(ALL_CFLAGS) 2>$@.log || { cat $@.log; exit 1; }
	@mv $@.log $@

$(B)/lint/cppcheck: $(LINT_C) $(HEADERS) .cppcheck
	@mkdir -p $(@D)/cppcheck.d
	@echo cppcheck
	@cppcheck --quiet -j2 --std=c11 --language=c --enable=warning,performance,portability \
		--inline-suppr --suppressions-list=.cppcheck --cppcheck-build-dir=$(@D)/cppcheck.d \
		--error-exitcode=1 --template='{file}:{line}: {severity}: {message} [{id}]' \
		-D_GNU_SOURCE -DCARAVAN_VERSION='"$(VERSION)"' -I. -Ilib $(LINT_C)
	@touch $@

-include $(wildcard $(LINT_C:%.c=$(B)/lint/%.d))

# ---- install

BINDIR = $(DESTDIR)$(PREFIX)/bin
MANDIR = $(DESTDIR)$(PREFIX)/share/man/man1
MAN7DIR = $(DESTDIR)$(PREFIX)/share/man/man7
COMPDIR = $(DESTDIR)$(PREFIX)/share/bash-completion/completions
LIBEXECDIR = $(DESTDIR)$(PREFIX)/libexec/caravan
DRIVER_FILES := $(wildcard scripts/driver/* scripts/verbs/*)

# install PROGRAM_PREFIX=caravan-: the programs are then caravan-extract and so on, and their
# pages and completions go by those names; the driver is caravan in any case.
demo:
	+@B="$(abspath $(B))" scripts/demo --users $(USERS)

install: all
	mkdir -p $(BINDIR) $(MANDIR) $(MAN7DIR) $(COMPDIR)
	for p in $(PROGRAMS); do \
		n=$(PROGRAM_PREFIX)$$p; \
		install -m 0755 $(B)/bin/$$p $(BINDIR)/$$n || exit 1; \
		if [ -e $$p/$$p.1 ]; then \
			install -m 0644 $$p/$$p.1 $(MANDIR)/$$n.1 || exit 1; \
		fi; \
		if [ -e $$p/$$p.bash ]; then \
			sed "s/^\(complete .* \)$$p\$$/\1$$n/" $$p/$$p.bash >$(COMPDIR)/$$n || exit 1; \
			chmod 0644 $(COMPDIR)/$$n || exit 1; \
		fi; \
	done
	mkdir -p $(LIBEXECDIR)/bin $(LIBEXECDIR)/driver $(LIBEXECDIR)/verbs
	for p in $(PROGRAMS); do \
		ln -sf ../../../bin/$(PROGRAM_PREFIX)$$p $(LIBEXECDIR)/bin/$$p || exit 1; \
	done
	for f in $(DRIVER_FILES); do \
		if [ -x $$f ]; then m=0755; else m=0644; fi; \
		install -m $$m $$f $(LIBEXECDIR)/$${f#scripts/} || exit 1; \
	done
	install -m 0755 scripts/caravan $(BINDIR)/caravan
	install -m 0644 scripts/caravan.1 $(MANDIR)/caravan.1
	install -m 0644 scripts/caravan-follow.7 $(MAN7DIR)/caravan-follow.7
	install -m 0644 scripts/caravan.bash $(COMPDIR)/caravan

uninstall:
	rm -f $(BINDIR)/caravan $(MANDIR)/caravan.1 $(MAN7DIR)/caravan-follow.7 $(COMPDIR)/caravan
	rm -rf $(LIBEXECDIR)
	for p in $(PROGRAMS); do \
		n=$(PROGRAM_PREFIX)$$p; \
		rm -f $(BINDIR)/$$n $(MANDIR)/$$n.1 $(COMPDIR)/$$n || exit 1; \
	done

clean:
	rm -rf $(B)
