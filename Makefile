# aesweep. `make help` lists the targets; README.md explains them.

BUILD   ?= build
CC      ?= cc
MPICC   ?= mpicc
MPIRUN  ?= mpirun
CFLAGS  ?= -O3 -g
PREFIX  ?= /usr/local
PKG     ?= pkg-config
VERSION := 0.1.0
JOBS    ?= $(shell nproc 2>/dev/null || echo 2)
# -g1: with all of its debugging information vector code takes minutes to compile.
ASAN_CFLAGS ?= -O1 -g1 -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
FUZZ_CFLAGS ?= -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
FUZZ_SECONDS ?= 10
# Open MPI asks root for this consent; in containers root is often the only user.
AS_ROOT := $(shell [ "$$(id -u)" = 0 ] && echo OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1)

WARN := -std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Wpedantic -Wshadow -Wconversion \
        -Wdouble-promotion -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wvla
PKGS := gsl yaml-0.1 sqlite3 netcdf
SUNDIALS := -lsundials_cvode -lsundials_nvecserial -lsundials_sunlinsoldense \
            -lsundials_sunmatrixdense
# -ffp-contract=off: sums are added as written, so that every CPU gives the same bits.
# -fno-math-errno: sqrt is one instruction; nothing here reads errno after it.
ALL_CFLAGS = $(WARN) $(CFLAGS) -ffp-contract=off -fno-math-errno -Iinclude -DAE_VERSION='"$(VERSION)"' \
             $(shell $(PKG) --cflags $(PKGS) 2>/dev/null) -MMD -MP
LIBS = $(SUNDIALS) $(shell $(PKG) --libs $(PKGS) 2>/dev/null) -lm $(EXTRA_LIBS)

LIB_SOURCES  := $(sort $(filter-out src/cli/main.c,$(wildcard src/*/*.c)))
LIB_OBJECTS  := $(LIB_SOURCES:src/%.c=$(BUILD)/obj/%.o)
MAIN_OBJECT  := $(BUILD)/obj/cli/main.o
LIB_OBJECTS  += $(BUILD)/obj/report/report_assets.o
PAGE         := $(addprefix src/report/page/page.,html css)
PAGE_SCRIPTS := $(addprefix src/report/page/,data.js cells.js draw.js detail.js main.js)
LIBRARY      := $(BUILD)/libaesweep.a
PROGRAM      := $(BUILD)/aesweep
TEST_HELPERS := $(patsubst tests/%.c,$(BUILD)/obj/tests/%.o,$(filter-out tests/test_%.c,$(wildcard tests/*.c)))
TESTS        := $(patsubst tests/%.c,$(BUILD)/tests/%,$(sort $(wildcard tests/test_*.c)))
TOOLS        := $(patsubst tests/tools/%.c,$(BUILD)/tools/%,$(sort $(wildcard tests/tools/*.c)))
FUZZERS      := $(patsubst tests/fuzz/%.c,%,$(filter-out %/main.c,$(sort $(wildcard tests/fuzz/*.c))))
CORPORA      := $(FUZZERS:%=$(BUILD)/corpus/%)
TOOLS        += $(CORPORA)
BENCHES      := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(sort $(wildcard tests/bench/*.c)))

# The program as it runs on CPUs without AVX-512, for the test that compares the two: what is compiled
# for several instruction sets stands before the library.
NARROW_OBJECTS := $(patsubst src/%.c,$(BUILD)/obj-avx2/%.o,$(shell grep -lE 'AE_CLONES|AE_CHOOSE' src/*/*.c))
NARROW_PROGRAM := $(BUILD)/aesweep-avx2

all: $(PROGRAM)  ## build the program: build/aesweep

$(PROGRAM): $(MAIN_OBJECT) $(LIBRARY)
	$(MPICC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(NARROW_PROGRAM): $(MAIN_OBJECT) $(NARROW_OBJECTS) $(LIBRARY)
	$(MPICC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/obj-avx2/%.o: src/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -DAE_NO_AVX512 -c -o $@ $<

$(LIBRARY): $(LIB_OBJECTS)
	@rm -f $@
	$(AR) rcs $@ $^

# Compiled once for each instruction set; which one runs is chosen by the CPU.
IS_X86 := $(filter x86_64%,$(shell $(CC) -dumpmachine 2>/dev/null))
$(BUILD)/obj/%_avx2.o: ALL_CFLAGS += $(if $(IS_X86),-mavx2 -mfma)
$(BUILD)/obj/%_avx512.o: ALL_CFLAGS += $(if $(IS_X86),-mavx512f)

# Only the farm sees MPI.
$(BUILD)/obj/farm/%.o: src/farm/%.c
	@mkdir -p $(@D)
	$(MPICC) $(ALL_CFLAGS) -c -o $@ $<

$(BUILD)/obj/%.o: src/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

# The page of reports as bytes. Its script is several files in this order.
$(BUILD)/gen/page.js: $(PAGE_SCRIPTS)
	@mkdir -p $(@D)
	@cat $^ >$@

$(BUILD)/gen/report_assets.c: $(PAGE) $(BUILD)/gen/page.js Makefile
	@{ echo '#include "report_assets.h"'; for file in $(PAGE) $(BUILD)/gen/page.js; do \
	    echo "const unsigned char ae_report_page_$${file##*.}[] = {"; \
	    od -An -v -tx1 $$file | sed 's/ \([0-9a-f][0-9a-f]\)/0x\1,/g'; echo "0};"; \
	done; } >$@

$(BUILD)/obj/report/report_assets.o: $(BUILD)/gen/report_assets.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Isrc/report -c -o $@ $<

$(BUILD)/obj/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(BUILD)/tests/%: tests/%.c $(TEST_HELPERS) $(LIBRARY)
	@mkdir -p $(@D)
	$(MPICC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $(filter %.c %.o,$^) $(LIBRARY) $(LIBS) -lcmocka

# Its memory and files can be made to fail, and its farm is one rank without MPI.
$(BUILD)/tests/test_faults: $(BUILD)/obj/tests/shims/failing.o
$(BUILD)/tests/test_faults: LDFLAGS += -Wl,--wrap=ae_farm_new,--wrap=ae_farm_free,--wrap=SUNContext_Create

$(BUILD)/tools/%: tests/tools/%.c $(LIBRARY)
	@mkdir -p $(@D)
	$(MPICC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $< $(LIBRARY) $(LIBS)

$(BUILD)/corpus/%: tests/fuzz/%.c tests/fuzz/main.c $(LIBRARY)
	@mkdir -p $(@D)
	$(MPICC) $(filter-out -MMD -MP,$(ALL_CFLAGS)) $(LDFLAGS) -o $@ $(filter %.c,$^) $(LIBRARY) $(LIBS)

$(BUILD)/fuzz/%: tests/fuzz/%.c $(LIBRARY)
	@mkdir -p $(@D)
	$(MPICC) $(ALL_CFLAGS) $(LDFLAGS) -fsanitize=fuzzer -o $@ $< $(LIBRARY) $(LIBS)

$(BUILD)/bench/%: tests/bench/%.c $(LIBRARY)
	@mkdir -p $(@D)
	$(MPICC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $< $(LIBRARY) $(LIBS)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

# ---- targets for people ----

deps:  ## install what is missing (root on Debian or Ubuntu), or say how to get it
	@CC="$(CC)" MPICC="$(MPICC)" MPIRUN="$(MPIRUN)" PKG="$(PKG)" .ci/deps

test: $(PROGRAM) $(NARROW_PROGRAM) $(TESTS) $(TOOLS)  ## run all tests of what is built
	@BUILD=$(BUILD) MPIRUN=$(MPIRUN) tests/run.sh

check:  ## install what is missing, build, run all tests
	@$(MAKE) --no-print-directory deps
	@$(MAKE) --no-print-directory -j$(JOBS) $(PROGRAM) $(NARROW_PROGRAM) $(TESTS) $(TOOLS)
	@$(MAKE) --no-print-directory test

quickstart:  ## install what is missing, build, run sweeps/quickstart.yaml, show its phase diagrams
	@$(MAKE) --no-print-directory deps
	@$(MAKE) --no-print-directory -j$(JOBS) $(PROGRAM)
	$(AS_ROOT) $(MPIRUN) -n $(JOBS) $(PROGRAM) run sweeps/quickstart.yaml
	$(PROGRAM) table results/quickstart

reproduce: $(PROGRAM)  ## run every sweep in sweeps/ and print its table
	@for sweep in sweeps/*.yaml; do \
	    echo "$$sweep"; \
	    $(AS_ROOT) $(MPIRUN) -n $(JOBS) $(PROGRAM) run $$sweep || exit; \
	    $(PROGRAM) table results/$$(basename $$sweep .yaml) || exit; \
	done

asan:  ## build with the address and undefined-behaviour sanitizers, run all tests
	@$(MAKE) --no-print-directory -j$(JOBS) BUILD=$(BUILD)-asan CFLAGS="$(ASAN_CFLAGS)" NARROW_PROGRAM= asan-build
	@ASAN_OPTIONS=fast_unwind_on_malloc=0 LSAN_OPTIONS=suppressions=$(CURDIR)/tests/lsan.supp:print_suppressions=0 \
	    UBSAN_OPTIONS=print_stacktrace=1 $(MAKE) --no-print-directory BUILD=$(BUILD)-asan CFLAGS="$(ASAN_CFLAGS)" NARROW_PROGRAM= test
asan-build: $(PROGRAM) $(TESTS) $(TOOLS)

fuzz:  ## feed the readers with damaged input for FUZZ_SECONDS each (default 10; needs clang)
	@OMPI_CC=clang $(MAKE) --no-print-directory -j$(JOBS) BUILD=$(BUILD)-fuzz CC=clang CFLAGS="$(FUZZ_CFLAGS)" fuzz-build
	@mkdir -p $(BUILD)-fuzz/found
	@for name in $(FUZZERS); do \
	    mkdir -p $(BUILD)-fuzz/found/$$name; \
	    echo "$$name, $(FUZZ_SECONDS) s"; \
	    ASAN_OPTIONS=detect_leaks=1 $(BUILD)-fuzz/fuzz/$$name -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -timeout=20 \
	        -verbosity=0 -print_funcs=0 -print_final_stats=1 -artifact_prefix=$(BUILD)-fuzz/$$name- \
	        $(BUILD)-fuzz/found/$$name tests/corpus/$$name || exit; \
	done
fuzz-build: $(FUZZERS:%=$(BUILD)/fuzz/%)

torture: $(PROGRAM) $(BUILD)/tests/test_faults $(TOOLS)  ## kill runs at 300 random instants, let every call of a small one fail
	@BUILD=$(BUILD) MPIRUN=$(MPIRUN) LIMIT=36000 AE_KILLS=300 TESTS='test_torture*' tests/run.sh
	@BUILD=$(BUILD) LIMIT=36000 AE_FAULTS=3000 TESTS=test_faults tests/run.sh

bench: $(BENCHES)  ## time the hot paths against plain references
	@for bench in $(BENCHES); do $$bench || exit; done

lint:  ## layers, names, headers, formatting
	@CC="$(CC)" MPICC="$(MPICC)" BUILD="$(BUILD)" PKG="$(PKG)" .ci/lint

install: $(PROGRAM)  ## copy the program to PREFIX/bin
	install -D -m 755 $(PROGRAM) $(DESTDIR)$(PREFIX)/bin/aesweep

clean:  ## remove everything that was built; results stay
	rm -rf $(BUILD) $(BUILD)-asan $(BUILD)-fuzz

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*  ## /\1\t/p' Makefile | expand -t 14

.PHONY: all deps test check quickstart reproduce asan asan-build torture fuzz fuzz-build bench lint install clean help
.DELETE_ON_ERROR:
