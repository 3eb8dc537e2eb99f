# SPDX-License-Identifier: MIT
# The Makefile of these programs in a kernel's tools/testing/selftests/msgq, where
# scripts/in-tree puts them: a folder for each subject of programs, common and
# userspace.

CFLAGS += -std=gnu11 -O2 -fPIC -Wall -Wextra -pthread -Icommon -Iuserspace/lib $(KHDR_INCLUDES)

TEST_PROGS := msgq.sh
TEST_FILES := run patience.sh
# These need a library that may be missing.
URING := descriptor/ring descriptor/uring
HAVE_URING := $(shell echo 'int main(void) { return 0; }' | \
	$(CC) -include liburing.h -x c -o /dev/null - -luring 2>/dev/null && echo yes)
SOURCES := $(filter-out common/%,$(wildcard */*.c))
PROGRAMS := $(filter-out $(if $(HAVE_URING),,$(URING)),$(basename $(SOURCES)))
# Folders are installed as a whole: programs in different folders may share a name.
FOLDERS := $(patsubst %/,%,$(sort $(dir $(PROGRAMS))))
# Some programs run these, and expect them above the folders.
EXAMPLES := $(basename $(notdir $(wildcard userspace/examples/*.c)))
TEST_GEN_FILES := $(FOLDERS) $(EXAMPLES) msgq libmsgq-sysv.so

include ../lib.mk

COMMON := $(patsubst %.c,$(OUTPUT)/%.o,$(wildcard common/*.c))
DEVICE := $(OUTPUT)/userspace/lib/libmsgq.o $(OUTPUT)/userspace/lib/sem.o
LIBRARY := $(DEVICE) $(OUTPUT)/userspace/lib/batch.o

.PHONY: $(FOLDERS:%=$(OUTPUT)/%)
$(FOLDERS:%=$(OUTPUT)/%): $(PROGRAMS:%=$(OUTPUT)/%)

$(OUTPUT)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -c -o $@ $<

$(PROGRAMS:%=$(OUTPUT)/%): $(OUTPUT)/%: %.c $(COMMON) $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(URING:%=$(OUTPUT)/%): LDLIBS += -luring

$(EXAMPLES:%=$(OUTPUT)/%): $(OUTPUT)/%: userspace/examples/%.c $(LIBRARY)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

$(OUTPUT)/msgq: $(wildcard userspace/tool/*.c) $(LIBRARY)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

$(OUTPUT)/libmsgq-sysv.so: $(OUTPUT)/userspace/lib/libmsgq-sysv.o $(OUTPUT)/userspace/lib/kinds.o $(DEVICE)
	$(CC) -shared -Wl,--version-script=userspace/lib/libmsgq-sysv.map $(LDFLAGS) -o $@ $^

EXTRA_CLEAN := $(OUTPUT)/common $(OUTPUT)/userspace
