# SPDX-License-Identifier: MIT
# The Makefile of these programs in a kernel's tools/testing/selftests/msgq, where
# scripts/in-tree puts them: sources of programs here, what they share in folders.

CFLAGS += -std=gnu11 -O2 -fPIC -Wall -Wextra -pthread -Icommon -Ilib $(KHDR_INCLUDES)

TEST_PROGS := msgq.sh
TEST_FILES := run patience.sh
# These need a library that may be missing.
URING := desc_ring desc_uring
HAVE_URING := $(shell echo 'int main(void) { return 0; }' | \
	$(CC) -include liburing.h -x c -o /dev/null - -luring 2>/dev/null && echo yes)
PROGRAMS := $(filter-out $(if $(HAVE_URING),,$(URING)),$(basename $(wildcard *_*.c)))
# Some programs run these, which stand beside them.
EXAMPLES := $(basename $(notdir $(wildcard examples/*.c)))
TEST_GEN_FILES := $(PROGRAMS) $(EXAMPLES) msgq libmsgq-sysv.so

include ../lib.mk

COMMON := $(patsubst %.c,$(OUTPUT)/%.o,$(wildcard common/*.c))
DEVICE := $(OUTPUT)/lib/libmsgq.o
LIBRARY := $(DEVICE) $(OUTPUT)/lib/batch.o

$(OUTPUT)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -c -o $@ $<

$(PROGRAMS:%=$(OUTPUT)/%): $(OUTPUT)/%: %.c $(COMMON) $(LIBRARY)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(URING:%=$(OUTPUT)/%): LDLIBS += -luring

$(EXAMPLES:%=$(OUTPUT)/%): $(OUTPUT)/%: examples/%.c $(LIBRARY)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

$(OUTPUT)/msgq: $(wildcard tool/*.c) $(LIBRARY)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

$(OUTPUT)/libmsgq-sysv.so: $(OUTPUT)/lib/libmsgq-sysv.o $(DEVICE)
	$(CC) -shared -Wl,--version-script=lib/libmsgq-sysv.map $(LDFLAGS) -o $@ $^

EXTRA_CLEAN := $(OUTPUT)/common $(OUTPUT)/lib/*.o
