// SPDX-License-Identifier: MIT
/*
 * screen.c - a terminal whose whole screen is redrawn, and restored at the end
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "tool.h"

/* Alternate screen, no cursor, no line wrap; and back. */
#define TAKE	"\033[?1049h\033[?25l\033[?7l"
#define GIVE	"\033[?7h\033[?25h\033[?1049l"

static const int signals[] = {
	SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH,
};

#define SIGNALS	(sizeof(signals) / sizeof(signals[0]))

static volatile sig_atomic_t caught;
static struct termios terminal;
static bool has_keys;
static sigset_t before;

static void catch_signal(int number)
{
	caught = number;
}

void screen_begin(void)
{
	struct sigaction action = { .sa_handler = catch_signal };
	struct termios raw;
	sigset_t block;

	sigemptyset(&block);
	for (size_t i = 0; i < SIGNALS; i++) {
		sigaddset(&block, signals[i]);
		sigaction(signals[i], &action, NULL);
	}
	/* Signals are delivered only while ppoll() waits. */
	sigprocmask(SIG_BLOCK, &block, &before);
	has_keys = !tcgetattr(STDIN_FILENO, &terminal);
	if (has_keys) {
		raw = terminal;
		raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	}
	fputs(TAKE, stdout);
	fflush(stdout);
}

void screen_end(void)
{
	fputs(GIVE, stdout);
	fflush(stdout);
	if (has_keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &terminal);
	for (size_t i = 0; i < SIGNALS; i++)
		signal(signals[i], SIG_DFL);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

void screen_size(unsigned int *lines, unsigned int *columns)
{
	struct winsize size = { .ws_row = 0 };

	ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	*lines = size.ws_row ? size.ws_row : 24;
	*columns = size.ws_col ? size.ws_col : 80;
}

/* Let a signal have its default effect, with the terminal restored. */
static void handle_signal(int number)
{
	caught = 0;
	if (number == SIGWINCH)
		return;
	screen_end();
	raise(number);
	/* The program was stopped and has been continued. */
	screen_begin();
}

/*
 * Decode keys that send several bytes: ESC, "[" or "O", optional numbers, and a
 * final byte.  Returns 0 until the sequence is complete.
 */
static int decode_key(unsigned char byte)
{
	static const int numbered[] = {
		[1] = KEY_HOME, [4] = KEY_END, [5] = KEY_PAGE_UP,
		[6] = KEY_PAGE_DOWN, [7] = KEY_HOME, [8] = KEY_END,
	};
	static const int lettered[] = {
		['A'] = KEY_UP, ['B'] = KEY_DOWN, ['F'] = KEY_END,
		['H'] = KEY_HOME,
	};
	static enum { NOTHING, ESCAPE, SEQUENCE } before;
	static unsigned int number;
	int key = 0;

	if (byte == 033) {
		before = ESCAPE;
		return 0;
	}
	if (before == NOTHING)
		return byte;
	if (before == ESCAPE) {
		number = 0;
		before = byte == '[' || byte == 'O' ? SEQUENCE : NOTHING;
		return before == NOTHING ? byte : 0;
	}
	if (byte >= '0' && byte <= '9') {
		number = (number * 10 + byte - '0') % 1000;
		return 0;
	}
	/* The numbers after the first one are modifier keys. */
	if (byte == ';')
		return 0;
	before = NOTHING;
	if (byte == '~' && number < sizeof(numbered) / sizeof(*numbered))
		key = numbered[number];
	else if (byte < sizeof(lettered) / sizeof(*lettered))
		key = lettered[byte];
	return key ? key : KEY_OTHER;
}

int screen_key(uint64_t until)
{
	struct pollfd keys = { .fd = has_keys ? STDIN_FILENO : -1,
			       .events = POLLIN };
	unsigned char byte;
	int key;

	for (;;) {
		uint64_t now = monotonic();
		uint64_t remaining = until > now ? until - now : 0;
		struct timespec timeout = {
			.tv_sec = (time_t)(remaining / SECOND),
			.tv_nsec = (long)(remaining % SECOND),
		};

		if (ppoll(&keys, 1, &timeout, &before) == -1) {
			if (errno == EINTR && caught)
				handle_signal(caught);
			return KEY_DRAW;
		}
		if (!keys.revents)
			return KEY_TIME;
		if (!(keys.revents & POLLIN) ||
		    read(STDIN_FILENO, &byte, 1) != 1)
			return KEY_CLOSED;
		key = decode_key(byte);
		if (key)
			return key;
	}
}
