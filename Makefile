# SPDX-License-Identifier: MIT
# Each task has one name; "make help" shows them.

MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:

# For another machine: make ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- ...
B := build$(if $(ARCH),/$(ARCH))
ifneq ($(CROSS_COMPILE),)
CC := $(CROSS_COMPILE)gcc
AR := $(CROSS_COMPILE)ar
endif
CFLAGS ?= -O2
VERSION := $(shell cat VERSION)
ALL_CFLAGS := -std=c11 -Wall -Wextra $(CFLAGS)
CPPFLAGS += -Iuapi -Iuserspace/lib -MMD -MP

# Some tests are 32-bit programs, if there is a compiler for them. By default it is that for 64 bits,
# and uses the kernel's headers for those; the package that provides this excludes compilers for
# other machines.
MULTIARCH := $(shell $(CC) -print-multiarch 2>/dev/null)
CC32 := $(CC) -m32 -idirafter /usr/include/$(MULTIARCH)
HAVE_32 := $(shell echo 'int main(void) { return 0; }' | \
	$(CC32) -x c -o /dev/null - 2>/dev/null && echo 32)

LIBS := libmsgq libmsgq-sysv libmsgq-dlopen
# These are also built for static linking.
ARCHIVES := libmsgq libmsgq-sysv
# The version of their binary interface, which ends their file names.
SOVERSION := 1
EXAMPLES := $(basename $(notdir $(wildcard userspace/examples/*.c)))
# These use descriptors and link the library; the others use only <sys/msg.h>.
LIB_EXAMPLES := request serverepoll workers
TOOL := $(basename $(notdir $(wildcard userspace/tool/*.c)))
BENCH := $(basename $(notdir $(wildcard tests/bench/*.c)))
TESTS := $(filter-out common/%,$(patsubst tests/vm/%.c,%,$(wildcard tests/vm/*/*.c)))
# URING_TESTS need a library that may be missing or too old, and that 32-bit programs do not have.
HAVE_URING := $(shell echo 'int main(void) { io_uring_prep_cancel64(0, 0, 0); }' | \
	$(CC) -include liburing.h -x c -o /dev/null - -luring 2>/dev/null && echo yes)
URING_TESTS := descriptor/ring descriptor/uring
TESTS := $(filter-out $(URING_TESTS),$(TESTS))
COMMON := $(basename $(notdir $(wildcard tests/vm/common/*.c)))

.PHONY: all programs module tests run shell bench check check-all check-clients check-debug check-fresh check-kernels coverage \
	mutants soak load unload lint kunit libraries install uninstall dist deb clean help
all: programs module

help: ## these lines
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 22

programs: $(LIBS:%=$(B)/lib/%.so) $(ARCHIVES:%=$(B)/lib/%.a) ## libraries, examples and tool
programs: $(EXAMPLES:%=$(B)/bin/%) $(B)/bin/msgq

module: ## the module for KDIR=, the running kernel, or the kernels of the virtual machine
	@scripts/build-modules $(KDIR)

run: ## the classic programs over the device in a virtual machine
	@scripts/setup
	@$(MAKE) -s -j$$(nproc) programs
	@scripts/run

shell: ## a shell in a virtual machine on this terminal, with all that was built
	@scripts/setup --for shell
	@$(MAKE) -s -j$$(nproc) programs tests
	@scripts/shell

bench: ## what messages cost, beside System V, pipes and sockets: a table and plots
	@scripts/setup --for bench
	@$(MAKE) -s -j$$(nproc) programs $(B)/bench/bench
	@scripts/bench

check: ## the tests that guard every change
	@scripts/setup --for check
	@$(MAKE) -s -j$$(nproc) programs tests
	@scripts/check

check-all: ## that and all that takes long: hours
	@scripts/setup --for check-fresh
	@$(MAKE) -s -j$$(nproc) programs tests
	@scripts/check --all

check-debug: ## the tests on kernels that check memory, locks and races
	@scripts/setup --for check
	@$(MAKE) -s -j$$(nproc) programs tests
	@scripts/check debug-kasan debug-bare debug-kcsan

check-clients: ## programs of others over the device, on kernels with and without System V IPC
	@scripts/setup --for check
	@$(MAKE) -s -j$$(nproc) programs tests
	@scripts/check $$(scripts/kernel --series | xargs printf 'clients-%s ') clients-kasan

coverage: ## the first of these: with which lines of the module the tests reach
	@scripts/setup --for check
	@$(MAKE) -s -j$$(nproc) programs tests
	@scripts/check debug-kasan

mutants: ## put faults into the module: the tests have to notice
	@scripts/setup --for check
	@$(MAKE) -s -j$$(nproc) programs tests
	@scripts/mutants

soak: ## random tests without end, for an hour or for SECONDS=
	@scripts/setup --for check
	@$(MAKE) -s -j$$(nproc) programs tests
	@scripts/soak $(if $(SECONDS),--seconds $(SECONDS))

check-kernels: ## all programs of tests/vm on each kernel of scripts/kernel.series and on arm64: hours
	@scripts/setup --for check-fresh
	@$(MAKE) -s -j$$(nproc) programs tests
	@scripts/check $$(scripts/kernel --all-series | xargs printf 'vm-%s ') vm-arm64
	@scripts/kernel-table

check-fresh: ## make run in fresh roots of Debian
	@scripts/setup --for check-fresh
	@scripts/check $$(scripts/fresh-root --list | xargs printf 'fresh-%s ')

load: ## build and load the module into the running kernel
	@scripts/load

unload: $(B)/bin/msgq ## unload it; with DISCARD=1 queues and their messages are removed first
	@scripts/unload $(if $(filter 1,$(DISCARD)),--discard)

lint: ## style, static checks, warnings
	@scripts/setup --for check
	@scripts/lint

kunit: ## the module's unit tests in User-Mode Linux
	@scripts/setup --for check
	@scripts/kunit

libraries: $(LIBS:%=$(B)/lib/%.so) $(ARCHIVES:%=$(B)/lib/%.a) ## the libraries of all kinds: 32 bits and musl, too
libraries: $(B)/lib-musl/libmsgq.so $(B)/lib-musl/libmsgq.a
ifneq ($(HAVE_32),)
libraries: $(LIBS:%=$(B)/lib32/%.so) $(ARCHIVES:%=$(B)/lib32/%.a)
endif

install: programs ## module, libraries and tool, into PREFIX=/usr/local below DESTDIR=; see docs/install.md
	@BUILD=$(B) scripts/install $(PARTS)

uninstall: ## remove that again
	@BUILD=$(B) scripts/install --remove $(PARTS)

dist: ## the sources as an archive
	@scripts/dist

deb: ## packages for Debian, into build/deb
	@scripts/setup --ask --for deb
	@scripts/deb

clean: ## remove what was built, but not the cache
	rm -rf $(B)

# The libraries, also for 32-bit programs and for musl, which has its own headers except the
# kernel's. $(1) is "", 32 or -musl; $(2) compiles.
define library_rules
$(B)/lib$(1)/%.o: userspace/lib/%.c
	@mkdir -p $$(@D)
	$(2) $$(CPPFLAGS) $$(ALL_CFLAGS) -fPIC -c -o $$@ $$<

$(B)/lib$(1)/libmsgq.so $(B)/lib$(1)/libmsgq.a: $(B)/lib$(1)/libmsgq.o $(B)/lib$(1)/batch.o $(B)/lib$(1)/sem.o
$(B)/lib$(1)/libmsgq-sysv.so $(B)/lib$(1)/libmsgq-sysv.a: $(B)/lib$(1)/libmsgq-sysv.o $(B)/lib$(1)/libmsgq.o \
	$(B)/lib$(1)/sem.o $(B)/lib$(1)/kinds.o
$(B)/lib$(1)/libmsgq.so: userspace/lib/libmsgq.map
$(B)/lib$(1)/libmsgq-sysv.so: userspace/lib/libmsgq-sysv.map
$(B)/lib$(1)/libmsgq-dlopen.so: $(B)/lib$(1)/libmsgq-dlopen.o userspace/lib/libmsgq-dlopen.map
$(B)/lib$(1)/libmsgq-dlopen.o: ALL_CFLAGS += -O2 -DMSGQ_SOVERSION='"$(SOVERSION)"'
$(B)/lib$(1)/%.so:
	$(2) -shared -Wl,-z,defs,-z,now -Wl,-soname,$$(@F).$(SOVERSION) \
		-Wl,--version-script=userspace/lib/$$*.map $$(LDFLAGS) -o $$@ $$(filter %.o,$$^)
	@ln -sf $$(@F) $$@.$(SOVERSION)

$(B)/lib$(1)/%.a:
	rm -f $$@
	$(AR) -rcD $$@ $$^
endef
$(eval $(call library_rules,,$$(CC)))
$(eval $(call library_rules,32,$$(CC32)))
$(eval $(call library_rules,-musl,musl-gcc -idirafter /usr/include -idirafter /usr/include/$(MULTIARCH)))
.SECONDARY:

# The examples; those that use only <sys/msg.h> also for 32 bits: $(1) is "" or 32.
define example_rules
$(B)/bin$(1)/%: userspace/examples/%.c
	@mkdir -p $$(@D)
	$(if $(1),$$(CC32),$$(CC)) $$(CPPFLAGS) $$(ALL_CFLAGS) -MF $(B)/bin$(1)/.$$*.d $$(LDFLAGS) -o $$@ \
		$$(filter %.c %.a,$$^)
endef
$(eval $(call example_rules,))
$(eval $(call example_rules,32))

$(LIB_EXAMPLES:%=$(B)/bin/%): $(B)/lib/libmsgq.a

# The tool, and a 32-bit tool for the tests.
define tool_rules
$(B)/tool$(1)/%.o: userspace/tool/%.c VERSION
	@mkdir -p $$(@D)
	$(if $(1),$$(CC32),$$(CC)) $$(CPPFLAGS) -DMSGQ_VERSION='"$(VERSION)"' \
		-DMSGQ_SOVERSION='"$(SOVERSION)"' $$(ALL_CFLAGS) -c -o $$@ $$<

$(B)/tool$(1)/msgq: $(TOOL:%=$(B)/tool$(1)/%.o) $(B)/lib$(1)/libmsgq.a
	$(if $(1),$$(CC32),$$(CC)) $$(ALL_CFLAGS) $$(LDFLAGS) -o $$@ $$^
endef
$(eval $(call tool_rules,))
$(eval $(call tool_rules,32))

$(B)/bin/msgq: $(B)/tool/msgq
	@mkdir -p $(@D)
	cp $< $@

$(B)/bench/%.o: tests/bench/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

$(B)/bench/bench: $(BENCH:%=$(B)/bench/%.o) $(B)/lib/libmsgq.a
	$(CC) $(ALL_CFLAGS) -pthread $(LDFLAGS) -o $@ $^

tests: $(B)/bench/bench

# The programs of tests/vm; those about the library itself link it.
define test_rules
tests: $(TESTS:%=$(B)/tests/vm$(1)/%) $(B)/tests/vm$(1)/run $(B)/tests/vm$(1)/patience.sh $(B)/lib$(1)/libmsgq-sysv.so
# descriptor/examples and descriptor/tool run these, which stand in the folder above.
tests: $(LIB_EXAMPLES:%=$(B)/tests/vm$(1)/%) $(B)/tests/vm$(1)/msgq

$(B)/tests/common$(1)/%.o: tests/vm/common/%.c
	@mkdir -p $$(@D)
	$(if $(1),$$(CC32),$$(CC)) $$(CPPFLAGS) $$(ALL_CFLAGS) -pthread -c -o $$@ $$<

$(B)/tests/vm$(1)/%: tests/vm/%.c $(COMMON:%=$(B)/tests/common$(1)/%.o) $(B)/lib$(1)/libmsgq.a
	@mkdir -p $$(@D)
	$(if $(1),$$(CC32),$$(CC)) $$(CPPFLAGS) -Itests/vm/common $$(ALL_CFLAGS) -pthread -MF $$(@D)/.$$(@F).d \
		$$(LDFLAGS) -o $$@ $$(filter %.c %.o %.a,$$^) $$(LDLIBS)

$(LIB_EXAMPLES:%=$(B)/tests/vm$(1)/%): $(B)/tests/vm$(1)/%: userspace/examples/%.c $(B)/lib$(1)/libmsgq.a
	@mkdir -p $$(@D)
	$(if $(1),$$(CC32),$$(CC)) $$(CPPFLAGS) $$(ALL_CFLAGS) -MF $(B)/tests/vm$(1)/.$$*.d \
		$$(LDFLAGS) -o $$@ $$(filter %.c %.a,$$^)

$(B)/tests/vm$(1)/msgq: $(B)/tool$(1)/msgq
$(B)/tests/vm$(1)/run: tests/vm/run
$(B)/tests/vm$(1)/patience.sh: scripts/patience.sh
$(B)/tests/vm$(1)/msgq $(B)/tests/vm$(1)/run $(B)/tests/vm$(1)/patience.sh:
	@mkdir -p $$(@D)
	cp $$< $$@
endef
$(eval $(call test_rules,))
ifneq ($(HAVE_32),)
$(eval $(call test_rules,32))
tests: $(patsubst %,$(B)/bin32/%,$(filter-out $(LIB_EXAMPLES),$(EXAMPLES)))
endif
ifneq ($(HAVE_URING),)
tests: $(URING_TESTS:%=$(B)/tests/vm/%)
$(URING_TESTS:%=$(B)/tests/vm/%): LDLIBS += -luring
endif

-include $(wildcard $(B)/lib*/*.d $(B)/tool*/*.d $(B)/bin*/.*.d $(B)/bench/*.d $(B)/tests/common*/*.d \
	$(B)/tests/vm*/.*.d $(B)/tests/vm*/*/.*.d)
