/* weir-bench-measure - runs one command and says what it took.
 *
 *     weir-bench-measure RESULT COMMAND [ARGUMENT]...
 *
 * RESULT gets one line of JSON: wall and CPU seconds, peak memory in KiB, exit
 * status (128 + signal), and the most threads seen. It exists because wait4's
 * peak memory also counts what the parent had at fork: a large Python would
 * be measured in place of the command, this small program is not. */
#include "bench.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static double seconds(struct timeval t) {
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

/* "Threads:" of /proc/PID/status, 0 if it is gone. */
static long threads_of(pid_t pid) {
    char path[64], line[256];
    long n = 0;
    FILE *f;
    snprintf(path, sizeof path, "/proc/%ld/status", (long)pid);
    f = fopen(path, "r");
    if (!f)
        return 0;
    while (fgets(line, sizeof line, f))
        if (strncmp(line, "Threads:", 8) == 0)
            n = strtol(line + 8, NULL, 10);
    fclose(f);
    return n;
}

/* Waits, looking at the number of threads every 5 ms. The end is noticed at
 * once: SIGCHLD, which is blocked, ends the pause. */
static long wait_for(pid_t pid, int *status, double *wall, double start) {
    struct timespec pause = {0, 5000000};
    long most = 0, n;
    sigset_t child;
    siginfo_t info = {0};
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    for (;;) {
        /* WNOWAIT: /proc keeps the process until it is reaped below. */
        if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
            info.si_pid == pid)
            break;
        n = threads_of(pid);
        most = n > most ? n : most;
        sigtimedwait(&child, NULL, &pause);
    }
    *wall = bench_now() - start;
    while (waitpid(pid, status, 0) < 0 && errno == EINTR)
        continue;
    return most;
}

int main(int argc, char **argv) {
    struct rusage usage;
    sigset_t child, old;
    double start, wall;
    int status = 0;
    long threads;
    pid_t pid;
    FILE *out;
    if (argc < 3)
        return 2;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, &old);
    start = bench_now();
    pid = fork();
    if (pid == 0) {
        sigprocmask(SIG_SETMASK, &old, NULL);
        execvp(argv[2], argv + 2);
        fprintf(stderr, "%s: %s\n", argv[2], strerror(errno));
        _exit(127);
    }
    if (pid < 0)
        return 1;
    threads = wait_for(pid, &status, &wall, start);
    getrusage(RUSAGE_CHILDREN, &usage);
    out = fopen(argv[1], "w");
    if (!out)
        return 1;
    fprintf(out,
            "{\"wall\":%.6f,\"cpu\":%.6f,\"peak_kib\":%ld,\"status\":%d,"
            "\"threads\":%ld}\n",
            wall, seconds(usage.ru_utime) + seconds(usage.ru_stime),
            usage.ru_maxrss,
            WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status),
            threads);
    return fclose(out) != 0;
}
