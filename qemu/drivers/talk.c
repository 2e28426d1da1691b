// SPDX-License-Identifier: GPL-2.0
/*
 * talk ROUNDS SEED: TCP, UDP and TFTP between a client and an echoing server in
 * one network namespace, each connection of a few packets, random from a seed.
 * Each byte that comes back is verified. What a full table or a failed
 * allocation drops is sent again.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX	4000
#define DIRECT	7000
#define MOVED	7100	/* the rules redirect it to the one above */
#define TFTP	69	/* answered from another port, which is expected */
#define TRIES	50

static unsigned long retried;
static unsigned char sent[MAX], back[MAX + 1];

static void die(const char *what)
{
	printf("talk: %s: %s\n", what, strerror(errno));
	exit(1);
}

static struct sockaddr_in at(int port)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	return to;
}

static int open_socket(int type, int port)
{
	struct timeval patience = { .tv_usec = 300000 };
	struct sockaddr_in here = at(port);
	int fd = socket(AF_INET, type, 0), yes = 1;

	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (type == SOCK_DGRAM)
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
			   sizeof(patience));
	if (bind(fd, (struct sockaddr *)&here, sizeof(here)))
		die("bind");
	return fd;
}

/* Write it all; the end of the stream is the reader's. */
static void put(int fd, const unsigned char *from, size_t len)
{
	long n;

	for (; len; from += n, len -= n) {
		n = write(fd, from, len);
		if (n < 0)
			die("write");
	}
}

static void serve_stream(int listener)
{
	unsigned char text[MAX];
	int fd = accept(listener, NULL, NULL);
	long n;

	if (fd < 0)
		return;
	while ((n = read(fd, text, sizeof(text))) > 0)
		put(fd, text, n);
	close(fd);
}

/* Answered by @fd itself, or from a port that nobody was told of. */
static void serve_datagram(int fd, int elsewhere)
{
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	unsigned char text[MAX];
	long n = recvfrom(fd, text, sizeof(text), 0, (void *)&from, &len);
	int out = elsewhere ? open_socket(SOCK_DGRAM, 0) : fd;

	if (n >= 0)
		sendto(out, text, n, 0, (void *)&from, len);
	if (elsewhere)
		close(out);
}

static void serve(int stream, int datagram, int tftp)
{
	struct pollfd fds[] = {
		{ .fd = stream, .events = POLLIN },
		{ .fd = datagram, .events = POLLIN },
		{ .fd = tftp, .events = POLLIN },
	};

	while (poll(fds, 3, -1) > 0) {
		if (fds[0].revents)
			serve_stream(stream);
		if (fds[1].revents)
			serve_datagram(datagram, 0);
		if (fds[2].revents)
			serve_datagram(tftp, 1);
	}
	exit(1);
}

static void stream(int port, size_t len)
{
	struct sockaddr_in to = at(port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	size_t done = 0;
	long n;

	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)))
		die("connect");
	put(fd, sent, len);
	shutdown(fd, SHUT_WR);
	while ((n = read(fd, back + done, sizeof(back) - done)) > 0)
		done += n;
	if (n < 0 || done != len || memcmp(sent, back, len))
		die("stream");
	close(fd);
}

/* Sent again when it is dropped, on the way there or back. */
static void datagram(int port, size_t len)
{
	struct sockaddr_in to = at(port);
	int fd = open_socket(SOCK_DGRAM, 0), tries = 0;
	long n = -1;

	while (n < 0) {
		if (tries++ == TRIES)
			die("datagram");
		sendto(fd, sent, len, 0, (struct sockaddr *)&to, sizeof(to));
		n = recv(fd, back, sizeof(back), 0);
	}
	retried += tries - 1;
	if ((size_t)n != len || memcmp(sent, back, len))
		die("answer");
	close(fd);
}

static void talk(void)
{
	size_t len = 20 + rand() % (MAX - 20);

	for (size_t i = 0; i < len; i++)
		sent[i] = rand();
	switch (rand() % 5) {
	case 0:
		stream(DIRECT, len);
		break;
	case 1:
		stream(MOVED, len);
		break;
	case 2:
		memcpy(sent, "\0\1file\0octet", 13);
		datagram(TFTP, len);
		break;
	default:
		datagram(DIRECT, len);
	}
}

int main(int argc, char **argv)
{
	int rounds = argc > 2 ? atoi(argv[1]) : 0;
	int stream_fd = open_socket(SOCK_STREAM, DIRECT);
	int datagram_fd = open_socket(SOCK_DGRAM, DIRECT);
	int tftp_fd = open_socket(SOCK_DGRAM, TFTP);
	pid_t server;

	if (!rounds)
		return 2;
	if (listen(stream_fd, 5))
		die("listen");
	server = fork();
	if (!server)
		serve(stream_fd, datagram_fd, tftp_fd);
	srand(atoi(argv[2]));
	for (int i = 0; i < rounds; i++)
		talk();
	kill(server, SIGKILL);
	wait(NULL);
	printf("talk: %d connections, %lu datagrams sent again\n", rounds,
	       retried);
	return 0;
}
