/* link.c - a network between two namespaces, by two TUN devices: link NAMESPACE NAMESPACE MBIT_PER_SECOND MICROSECONDS
 *
 * Each way a packet leaves when those before it have left, takes its bits over the rate, and arrives so many microseconds later. (What
 * tc's netem does, where the kernel has it.) Runs until it is ended. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define PACKETS 4096 /* that are under way, each way; more are lost */
#define LARGEST 65536

struct way {
    int from, to;
    struct packet {
        int64_t at; /* nanoseconds */
        ssize_t size;
        char bytes[LARGEST];
    } * ring;
    int64_t read, written, free_at;
};

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static void must(int fine, const char *what)
{
    if (!fine) {
        perror(what);
        exit(1);
    }
}

static int open_device(const char *space)
{
    char path[256];
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI, .ifr_name = "hop"};
    snprintf(path, sizeof path, "/run/netns/%s", space);
    const int there = open(path, O_RDONLY | O_CLOEXEC);
    must(there >= 0 && setns(there, CLONE_NEWNET) == 0, path);
    close(there);
    const int device = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    must(device >= 0 && ioctl(device, TUNSETIFF, &request) == 0, "/dev/net/tun");
    return device;
}

int main(int argc, char **argv)
{
    if (argc != 5)
        return fprintf(stderr, "usage: link NAMESPACE NAMESPACE MBIT_PER_SECOND MICROSECONDS\n"), 2;
    const double nanoseconds_a_byte = 8000.0 / atof(argv[3]);
    const int64_t delay = (int64_t)(atof(argv[4]) * 1000);
    const int a = open_device(argv[1]), b = open_device(argv[2]);
    struct way ways[] = {{.from = a, .to = b}, {.from = b, .to = a}};
    for (int w = 0; w < 2; w++)
        must((ways[w].ring = malloc(PACKETS * sizeof *ways[w].ring)) != NULL, "memory");
    puts("ready");
    fflush(stdout);
    for (;;) {
        int64_t next = INT64_MAX, moved = 0;
        for (int w = 0; w < 2; w++) {
            struct way *way = &ways[w];
            while (way->read - way->written < PACKETS) {
                struct packet *packet = &way->ring[way->read % PACKETS];
                packet->size = read(way->from, packet->bytes, LARGEST);
                if (packet->size <= 0)
                    break;
                const int64_t time = now();
                way->free_at = (way->free_at > time ? way->free_at : time) +
                               (int64_t)((double)packet->size * nanoseconds_a_byte);
                packet->at = way->free_at + delay;
                way->read++;
                moved = 1;
            }
            for (; way->written < way->read; way->written++, moved = 1) {
                struct packet *packet = &way->ring[way->written % PACKETS];
                if (packet->at > now()) {
                    next = packet->at < next ? packet->at : next;
                    break;
                }
                (void)!write(way->to, packet->bytes, (size_t)packet->size);
            }
        }
        const int64_t wait = next == INT64_MAX ? INT64_C(1000000000) : next - now();
        if (moved || wait <= 0)
            continue;
        struct pollfd both[] = {{.fd = a, .events = POLLIN}, {.fd = b, .events = POLLIN}};
        ppoll(both, 2, &(struct timespec){wait / 1000000000, wait % 1000000000}, NULL);
    }
}
