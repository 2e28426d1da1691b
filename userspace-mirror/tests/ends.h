/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tests that must end their process, with a message that says why.
 */
#ifndef MIRROR_TESTS_ENDS_H
#define MIRROR_TESTS_ENDS_H

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#undef snprintf

#include <kunit/test.h>

struct end {
	const char *name;
	void (*fn)(void);
	const char *text;	/* that must be in what it says */
};

#define END(fn, text)	{ #fn, fn, text }

/* Run @fn in a process of its own; what it said on its way out. */
static inline void last_words(void (*fn)(void), char *words, size_t size)
{
	size_t len = 0;
	ssize_t n;
	int fds[2], status;
	pid_t pid;

	words[0] = 0;
	fflush(stdout);
	if (pipe(fds))
		return;
	pid = fork();
	if (!pid) {
		dup2(fds[1], STDERR_FILENO);
		fn();
		_exit(0);
	}
	close(fds[1]);
	while ((n = read(fds[0], words + len, size - 1 - len)) > 0)
		len += n;
	words[len] = 0;
	close(fds[0]);
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		strscpy(words, "it went on", size);
}

static inline void expect_end(struct kunit *test, const struct end *end)
{
	static char words[16384];

	last_words(end->fn, words, sizeof(words));
	if (!strstr(words, end->text))
		KUNIT_FAIL(test, "%s: expected \"%s\", got: %.300s", end->name,
			   end->text, words);
}

#endif
