// SPDX-License-Identifier: MIT
/*
 * screen.c - a screen that is drawn again and again, and given back at the end
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

/* Another screen, no cursor, long lines cut; and back. */
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

static void catch(int number)
{
	caught = number;
}

void screen_begin(void)
{
	struct sigaction action = { .sa_handler = catch };
	struct termios raw;
	sigset_t block;

	sigemptyset(&block);
	for (size_t i = 0; i < SIGNALS; i++) {
		sigaddset(&block, signals[i]);
		sigaction(signals[i], &action, NULL);
	}
	/* They come while we wait, and at no other time. */
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

/* A signal, as the program would have met it without a screen. */
static void obey(int number)
{
	caught = 0;
	if (number == SIGWINCH)
		return;
	screen_end();
	raise(number);
	/* It was stopped, and goes on. */
	screen_begin();
}

static uint64_t monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

bool screen_wait(uint64_t until)
{
	struct pollfd keys = { .fd = has_keys ? STDIN_FILENO : -1,
			       .events = POLLIN };
	uint64_t now = monotonic(), left = until > now ? until - now : 0;
	struct timespec rest = {
		.tv_sec = (time_t)(left / 1000000000),
		.tv_nsec = (long)(left % 1000000000),
	};
	char key;

	if (ppoll(&keys, 1, &rest, &before) == -1) {
		if (errno == EINTR && caught)
			obey(caught);
		return true;
	}
	if (!(keys.revents & POLLIN))
		return !(keys.revents & (POLLHUP | POLLERR));
	return read(STDIN_FILENO, &key, 1) == 1 && key != 'q' && key != 'Q';
}
