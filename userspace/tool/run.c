// SPDX-License-Identifier: MIT
/*
 * run.c - "msgq run": run a program over the device by preloading the drop-in
 * library, and the library for its plugins
 *
 * The dynamic linker prints a warning for a library of another architecture,
 * and nothing if it ignores the library or if the program is static.  Therefore
 * the program is inspected first.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "commands.h"
#include "device.h"

static const char usage[] =
	"usage: msgq run [OPTION]... [--] PROGRAM [ARGUMENT]...\n"
	"\n"
	"Runs PROGRAM, and all programs that it runs, with the calls of System V message\n"
	"queues and semaphore sets over /dev/msgq. PROGRAM is not run if this is\n"
	"impossible, because it is static, or set-user-ID for another user.\n"
	"\n"
	"  -k, --kinds=KINDS    only the calls of these kinds: msg, sem, or both with a\n"
	"                       comma between\n"
	"  -h, --help           show this\n"
	"\n"
	"Exits with the status of PROGRAM; with 127 if PROGRAM does not exist, 126 if it\n"
	"cannot be run over the device, 1 if there is no /dev/msgq or no library, 2 for\n"
	"wrong usage.\n";

/* Directories of the library relative to this program: built, installed. */
static const char *const folders[] = {
	"../lib", "../lib32", "../lib64", "../lib/x86_64-linux-gnu",
	"../lib/i386-linux-gnu", "../lib/aarch64-linux-gnu",
};
static const char *const endings[] = {
#ifdef MSGQ_SOVERSION
	".so." MSGQ_SOVERSION,
#endif
	".so",
};

/* The limit of the kernel. */
#define MAX_INTERPRETERS	5

/* A program; for a script, its interpreter. */
struct program {
	char path[PATH_MAX];
	unsigned char ident[EI_NIDENT];
	unsigned int machine;
	bool elf;
	char linker[PATH_MAX];		/* empty: static */
};

static bool read_at(int fd, void *to, size_t size, off_t offset)
{
	return pread(fd, to, size, offset) == (ssize_t)size;
}

static void read_linker(int fd, struct program *program, off_t offset,
			size_t size)
{
	if (size > sizeof(program->linker) ||
	    !read_at(fd, program->linker, size, offset))
		size = 0;
	program->linker[size ? size - 1 : 0] = '\0';
}

#define READ_ELF(bits)							\
static void read_elf##bits(int fd, struct program *program)		\
{									\
	Elf##bits##_Ehdr header;					\
	Elf##bits##_Phdr part;						\
									\
	if (!read_at(fd, &header, sizeof(header), 0))			\
		return;							\
	program->elf = true;						\
	program->machine = header.e_machine;				\
	for (unsigned int i = 0; i < header.e_phnum; i++) {		\
		if (read_at(fd, &part, sizeof(part), header.e_phoff +	\
			    (off_t)i * header.e_phentsize) &&		\
		    part.p_type == PT_INTERP)				\
			read_linker(fd, program, part.p_offset,		\
				    part.p_filesz);			\
	}								\
}
READ_ELF(32)
READ_ELF(64)

/*
 * Read the header of a file.  Returns true for a script: path is its
 * interpreter then, which has to be read as well.
 */
static bool read_program(struct program *program)
{
	char line[PATH_MAX] = "", *start;
	struct stat file;
	ssize_t size;
	int fd;

	if (stat(program->path, &file) || !S_ISREG(file.st_mode))
		return false;
	fd = open(program->path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return false;
	size = pread(fd, line, sizeof(line) - 1, 0);
	if (size >= EI_NIDENT && !memcmp(line, ELFMAG, SELFMAG)) {
		memcpy(program->ident, line, EI_NIDENT);
		if (line[EI_CLASS] == ELFCLASS32)
			read_elf32(fd, program);
		else
			read_elf64(fd, program);
	}
	close(fd);
	if (program->elf)
		return false;

	/* A file without "#!" is run by the shell, if at all. */
	start = line + 2 + strspn(line + 2, " \t");
	start[strcspn(start, " \t\n")] = '\0';
	snprintf(program->path, sizeof(program->path), "%s",
		 strncmp(line, "#!", 2) ? "/bin/sh" : start);
	return true;
}

/* For access(2), a directory that can be searched is executable as well. */
static bool can_run(const char *path)
{
	struct stat file;

	return !access(path, X_OK) && !stat(path, &file) &&
	       S_ISREG(file.st_mode);
}

/* Find a program as execvp(3) does; false: execvp() will report why. */
static bool find_program(const char *name, struct program *program)
{
	const char *path = getenv("PATH");
	char standard[256] = "", *rest, *folder;
	char *copy;
	bool found = false;

	if (strchr(name, '/')) {
		snprintf(program->path, sizeof(program->path), "%s", name);
		return can_run(name);
	}
	confstr(_CS_PATH, standard, sizeof(standard));
	copy = rest = strdup(path ? path : standard);
	while (!found && (folder = strsep(&rest, ":"))) {
		snprintf(program->path, sizeof(program->path), "%s%s%s",
			 folder, *folder ? "/" : "", name);
		found = can_run(program->path);
	}
	free(copy);
	return found;
}

/*
 * Does the program gain privileges that its caller does not have?  Then the
 * dynamic linker ignores LD_PRELOAD.
 */
static bool gains_rights(const struct program *program)
{
	struct statvfs system;
	struct stat file;

	if (stat(program->path, &file) || statvfs(program->path, &system) ||
	    system.f_flag & ST_NOSUID ||
	    prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		return false;
	if (file.st_mode & S_ISUID && file.st_uid != getuid())
		return true;
	/* Without group execute permission, this bit has another meaning. */
	if (file.st_mode & S_ISGID && file.st_mode & 0010 &&
	    file.st_gid != getgid())
		return true;
	return getuid() &&
	       getxattr(program->path, "security.capability", NULL, 0) > 0;
}

/* Why the library cannot be preloaded; NULL: it can. */
static const char *why_unreachable(const struct program *program)
{
	const char *linker = strrchr(program->linker, '/');

	/* The kernel knows how to run other formats. */
	if (!program->elf)
		return NULL;
	if (!*program->linker)
		return "is statically linked";
	if (linker && !strncmp(linker, "/ld-musl", 8))
		return "uses another C library";
	if (gains_rights(program))
		return "is set-user-ID, or gains other privileges";
	return NULL;
}

/* Is this library for the architecture of the program? */
static bool library_fits(const char *path, const struct program *program)
{
	struct program library = { .elf = false };
	int length = snprintf(library.path, sizeof(library.path), "%s", path);

	if (length >= (int)sizeof(library.path) || access(path, R_OK))
		return false;
	read_program(&library);
	return library.elf && library.machine == program->machine &&
	       library.ident[EI_CLASS] == program->ident[EI_CLASS] &&
	       library.ident[EI_DATA] == program->ident[EI_DATA];
}

static bool find_library(const char *name, char *path,
			 const struct program *program)
{
	char self[PATH_MAX], try[2 * PATH_MAX];
	ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (size < 0)
		return false;
	self[size] = '\0';
	*strrchr(self, '/') = '\0';
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		for (size_t j = 0; j < sizeof(endings) / sizeof(endings[0]);
		     j++) {
			snprintf(try, sizeof(try), "%s/%s/%s%s", self,
				 folders[i], name, endings[j]);
			if (library_fits(try, program) && realpath(try, path))
				return true;
		}
	}
	return false;
}

/* The prefixes of the file names of sanitizer runtimes. */
static const char *const runtimes[] = {
	"libasan.so", "libhwasan.so", "liblsan.so", "libtsan.so",
	"libubsan.so", "libclang_rt.",
};

static bool is_sanitizer_runtime(const char *library)
{
	const char *slash = strrchr(library, '/');
	const char *name = slash ? slash + 1 : library;

	for (size_t i = 0; i < sizeof(runtimes) / sizeof(runtimes[0]); i++)
		if (!strncmp(name, runtimes[i], strlen(runtimes[i])))
			return true;
	return false;
}

static void add_library(FILE *list, const char *library)
{
	fprintf(list, "%s%s", ftell(list) ? ":" : "", library);
}

/* Add either the sanitizer runtimes of a list, or its other libraries. */
static bool add_libraries(FILE *list, const char *others, bool are_runtimes)
{
	char *copy = strdup(others), *library, *rest = copy;

	if (!copy)
		return false;
	while ((library = strsep(&rest, ": \t")))
		if (*library && is_sanitizer_runtime(library) == are_runtimes)
			add_library(list, library);
	free(copy);
	return true;
}

/*
 * Add our libraries to LD_PRELOAD.  They precede the others, so that their
 * symbols are used, but follow the runtime of a sanitizer, which must be first.
 */
static bool set_preload(const char *library, const char *plugins)
{
	const char *others = getenv("LD_PRELOAD") ?: "";
	char *value = NULL;
	size_t size;
	FILE *list = open_memstream(&value, &size);
	bool done;

	if (!list)
		return false;
	done = add_libraries(list, others, true);
	add_library(list, library);
	if (*plugins)
		add_library(list, plugins);
	done = add_libraries(list, others, false) && done;
	done = !fclose(list) && done && !setenv("LD_PRELOAD", value, 1);
	free(value);
	return done;
}

/*
 * A program that is linked with the AddressSanitizer runtime refuses to start
 * if another library precedes the runtime, as a preloaded one does.  Disable
 * that check, for the program and for those that it runs.
 */
static bool relax_sanitizer(void)
{
	static const char order[] = "verify_asan_link_order";
	const char *options = getenv("ASAN_OPTIONS") ?: "";
	char *value;
	bool done;

	if (strstr(options, order))
		return true;
	if (asprintf(&value, "%s%s%s=0", options, *options ? ":" : "",
		     order) == -1)
		return false;
	done = !setenv("ASAN_OPTIONS", value, 1);
	free(value);
	return done;
}

/* The dynamic linker would split a name at these characters. */
static bool can_be_preloaded(const char *library)
{
	if (!library[strcspn(library, ": \t")])
		return true;
	fprintf(stderr, "msgq: %s: cannot be preloaded: its name contains a blank or a colon\n",
		library);
	return false;
}

static int run_over_device(char **command)
{
	struct program program = { .elf = false };
	bool known = find_program(*command, &program);
	char library[PATH_MAX], plugins[PATH_MAX] = "";
	const char *reason;
	int device;

	for (int i = 0; known && i < MAX_INTERPRETERS; i++)
		if (!read_program(&program))
			break;
	reason = known ? why_unreachable(&program) : NULL;
	if (reason) {
		fprintf(stderr, "msgq: %s: cannot preload the library: the program %s\n",
			program.path, reason);
		return 126;
	}

	device = open_device();
	if (device == -1)
		return FAILED;
	close(device);
	if (!program.elf) {
		/* If the file cannot be read, assume our own architecture. */
		snprintf(program.path, sizeof(program.path), "/proc/self/exe");
		read_program(&program);
	}
	if (!find_library("libmsgq-sysv", library, &program)) {
		fprintf(stderr, "msgq: no libmsgq-sysv.so for %s beside this program\n",
			*command);
		return 1;
	}
	if (!find_library("libmsgq-dlopen", plugins, &program))
		*plugins = '\0';
	if (!can_be_preloaded(library) || !can_be_preloaded(plugins))
		return 1;
	if (!set_preload(library, plugins) || !relax_sanitizer())
		return report_errno("the environment");
	return execute(command);
}

/* The kinds are words that the library knows, and at least one; false: no memory. */
static bool choose_kinds(const char *list)
{
	static const char *const names[] = MSGQ_KIND_NAMES;
	const size_t count = sizeof(names) / sizeof(names[0]);
	const char *word = list;

	do {
		size_t length = strcspn(word, ","), i = 0;

		while (i < count && (strlen(names[i]) != length ||
				     strncmp(names[i], word, length)))
			i++;
		if (i == count)
			word_error("unknown kind '%.*s'; there are msg and sem",
				   (int)length, word);
		word += length;
	} while (*word++);
	return !setenv(MSGQ_KINDS_VARIABLE, list, 1);
}

int cmd_run(int argc, char **argv)
{
	static const struct option options[] = {
		HELP_OPTION,
		{ "kinds", required_argument, NULL, 'k' },
		{ NULL, 0, NULL, 0 },
	};

	while (next_option(argc, argv, "+k:", options, usage) != -1)
		if (!choose_kinds(optarg))
			return report_errno("the environment");
	if (optind == argc)
		usage_error("missing PROGRAM");
	return run_over_device(argv + optind);
}
