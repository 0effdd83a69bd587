#define _GNU_SOURCE
#include "include/cprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct failure {
    int stage;
    int error;
};

// Only async-signal-safe calls from here to exec: the parent may have other threads.

static void give_up(int report, int stage) {
    struct failure failure = {stage, errno};
    while (write(report, &failure, sizeof failure) < 0 && errno == EINTR) {}
    _exit(127);
}

static void reset_signals(void) {
    for (int number = 1; number < NSIG; number++) {
        if (number != SIGKILL && number != SIGSTOP) signal(number, SIG_DFL);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

// Copies above all targets first, so that no target overwrites a source.
static int place(int source, int report) {
    if (source < 0) source = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (source < 0) give_up(report, CPROCESS_STAGE_DESCRIPTORS);
    int copy = fcntl(source, F_DUPFD_CLOEXEC, 3);
    if (copy < 0) give_up(report, CPROCESS_STAGE_DESCRIPTORS);
    return copy;
}

static void close_rest(int passed, int report) {
    // Both may be open at exec; the report pipe closes there by itself.
    int low = passed < report ? passed : report;
    int high = passed < report ? report : passed;
    if (low < 3) low = high;
    if (low > 3) syscall(SYS_close_range, 3u, (unsigned)low - 1, 0u);
    if (high > low + 1) syscall(SYS_close_range, (unsigned)low + 1, (unsigned)high - 1, 0u);
    syscall(SYS_close_range, (unsigned)high + 1, ~0u, 0u);
}

static void run_child(const struct cprocess_launch *launch, int report, pid_t parent) {
    reset_signals();
    if (launch->new_session) setsid();
    if (launch->parent_death_signal) {
        prctl(PR_SET_PDEATHSIG, launch->parent_death_signal);
        if (getppid() != parent) _exit(127);
    }
    int input = place(launch->input, report);
    int output = place(launch->output, report);
    int error = place(launch->error, report);
    if (dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(error, 2) < 0) give_up(report, CPROCESS_STAGE_DESCRIPTORS);
    if (launch->passed >= 0 && fcntl(launch->passed, F_SETFD, 0) < 0) give_up(report, CPROCESS_STAGE_DESCRIPTORS);
    close_rest(launch->passed, report);
    if (launch->directory && chdir(launch->directory) < 0) give_up(report, CPROCESS_STAGE_DIRECTORY);
    execve(launch->program, launch->arguments, launch->environment);
    give_up(report, CPROCESS_STAGE_PROGRAM);
}

pid_t cprocess_spawn(const struct cprocess_launch *launch, int *stage) {
    int report[2];
    *stage = CPROCESS_STAGE_FORK;
    if (pipe2(report, O_CLOEXEC) < 0) return -errno;
    pid_t parent = getpid();
    // No handler of the parent may run in the child before it has reset them.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t child = fork();
    int fork_error = errno;
    if (child == 0) run_child(launch, report[1], parent);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(report[1]);
    if (child < 0) {
        close(report[0]);
        return -fork_error;
    }
    struct failure failure;
    ssize_t count;
    do { count = read(report[0], &failure, sizeof failure); } while (count < 0 && errno == EINTR);
    close(report[0]);
    if (count == 0) return child;
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
    if (count != sizeof failure) return -EPIPE;
    *stage = failure.stage;
    return -failure.error;
}

int cprocess_try_lock(int descriptor) {
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) return 1;
    return errno == EWOULDBLOCK ? 0 : -errno;
}

int cprocess_pipe(int descriptors[2]) { return pipe2(descriptors, O_CLOEXEC) == 0 ? 0 : -errno; }

static int signal_pipe[2] = {-1, -1};

static void on_end_signal(int number) {
    int saved = errno;
    (void)number;
    if (write(signal_pipe[1], "", 1) < 0) {
        // The pipe is full of signals: one more changes nothing.
    }
    errno = saved;
}

int cprocess_end_signals(void) {
    if (signal_pipe[0] < 0 && pipe2(signal_pipe, O_CLOEXEC | O_NONBLOCK) < 0) return -errno;
    struct sigaction action = {.sa_handler = on_end_signal, .sa_flags = SA_RESTART};
    sigfillset(&action.sa_mask);
    if (sigaction(SIGTERM, &action, NULL) < 0 || sigaction(SIGINT, &action, NULL) < 0) return -errno;
    return signal_pipe[0];
}

int cprocess_collect(pid_t pid) {
    pid_t result = waitpid(pid, NULL, WNOHANG);
    if (result == pid) return 1;
    if (result == 0) return 0;
    return errno == ECHILD ? 1 : errno == EINTR ? 0 : -errno;
}

static double seconds_of(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

double cprocess_monotonic_seconds(void) { return seconds_of(CLOCK_MONOTONIC); }
double cprocess_boottime_seconds(void) { return seconds_of(CLOCK_BOOTTIME); }
double cprocess_realtime_seconds(void) { return seconds_of(CLOCK_REALTIME); }

int cprocess_punch_hole(int descriptor, long long start, long long length) {
    return fallocate(descriptor, FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE, start, length) == 0 ? 0 : -errno;
}

int cprocess_usable_cpus(void) {
    cpu_set_t usable;
    if (sched_getaffinity(0, sizeof usable, &usable) == 0 && CPU_COUNT(&usable) > 0) return CPU_COUNT(&usable);
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (int)online : 1;
}
