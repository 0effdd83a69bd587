// The keeper: one process per attempt that outlives the agent and leaves nothing behind.
#define _GNU_SOURCE
#include "include/cprocess.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int wake_pipe[2] = {-1, -1};
static volatile sig_atomic_t term_received;

static void on_signal(int number) {
    int saved = errno;
    if (number == SIGTERM) term_received = 1;
    if (write(wake_pipe[1], "", 1) < 0) {
        // A full pipe wakes the loop as well.
    }
    errno = saved;
}

int cprocess_become_keeper(void) {
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0) return -errno;
    if (wake_pipe[0] < 0 && pipe2(wake_pipe, O_CLOEXEC | O_NONBLOCK) < 0) return -errno;
    const int ignored[] = {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTTOU, SIGTTIN, SIGTSTP};
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++) signal(ignored[i], SIG_IGN);
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigfillset(&action.sa_mask);
    if (sigaction(SIGTERM, &action, NULL) < 0 || sigaction(SIGCHLD, &action, NULL) < 0) return -errno;
    return 0;
}

struct process {
    pid_t pid;
    pid_t parent;
    int doomed;
};

// The parent of a process, from /proc/PID/stat; -1 where there is none. The name in brackets may hold anything.
static pid_t parent_of(pid_t pid) {
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return -1;
    ssize_t count = read(file, text, sizeof text - 1);
    close(file);
    if (count <= 0) return -1;
    text[count] = 0;
    char *rest = strrchr(text, ')');
    char state;
    int parent;
    return rest && sscanf(rest + 1, " %c %d", &state, &parent) == 2 ? parent : -1;
}

static struct process *all_processes(size_t *count) {
    *count = 0;
    DIR *folder = opendir("/proc");
    if (!folder) return NULL;
    struct process *list = NULL;
    size_t room = 0;
    struct dirent *entry;
    while ((entry = readdir(folder))) {
        char *rest;
        long pid = strtol(entry->d_name, &rest, 10);
        if (*rest || pid <= 0) continue;
        if (*count == room) {
            room = room ? room * 2 : 256;
            struct process *larger = realloc(list, room * sizeof *list);
            if (!larger) break;
            list = larger;
        }
        list[(*count)++] = (struct process){(pid_t)pid, parent_of((pid_t)pid), 0};
    }
    closedir(folder);
    return list;
}

static int by_pid(const void *a, const void *b) {
    pid_t left = ((const struct process *)a)->pid, right = ((const struct process *)b)->pid;
    return (left > right) - (left < right);
}

// Marks the descendants of `root`; parents may come after children in the list, hence the rounds.
static void mark_descendants(struct process *list, size_t count, pid_t root) {
    if (!count) return;
    qsort(list, count, sizeof *list, by_pid);
    for (int changed = 1; changed;) {
        changed = 0;
        for (size_t i = 0; i < count; i++) {
            if (list[i].doomed) continue;
            struct process key = {list[i].parent, 0, 0};
            const struct process *parent = bsearch(&key, list, count, sizeof *list, by_pid);
            if (list[i].parent == root || (parent && parent->doomed)) list[i].doomed = changed = 1;
        }
    }
}

// The number may have been given to another process since the list was made: the descriptor pins it, then it is
// checked.
static void kill_checked(const struct process *process) {
    int descriptor = (int)syscall(SYS_pidfd_open, process->pid, 0);
    if (descriptor < 0) return;
    if (parent_of(process->pid) == process->parent) syscall(SYS_pidfd_send_signal, descriptor, SIGKILL, NULL, 0);
    close(descriptor);
}

int cprocess_kill_descendants(void) {
    size_t count;
    struct process *list = all_processes(&count);
    mark_descendants(list, count, getpid());
    int found = 0;
    for (size_t i = 0; i < count; i++) {
        if (!list[i].doomed) continue;
        found++;
        kill_checked(&list[i]);
    }
    free(list);
    return found;
}

struct watch {
    pid_t program;
    int control;
    double grace;
    // What the program writes comes in here and goes to `sink`; -1: it writes to a file itself, or is over.
    int source;
    int sink;
    // Bytes written to `sink`, and up to which of them the agent has read.
    long long written;
    long long taken;
    // When the first SIGKILL was sent; 0: none was.
    double killed_at;
    int left;
    char line[128];
    size_t length;
    int asked;
    int kill_now;
    double kill_at;
    // 0: none yet.
    double lease_end;
    int program_ended;
    int status;
    double ended_at;
    int killed;
};

// Collects whoever has ended. Returns 1 when no child is left, which with a subreaper means: no descendant.
static int collect(struct watch *watch) {
    for (;;) {
        int status;
        pid_t pid = waitpid(-1, &status, WNOHANG);
        if (pid == 0) return 0;
        if (pid < 0) {
            if (errno == EINTR) continue;
            return 1;
        }
        if (pid == watch->program && !watch->program_ended) {
            watch->program_ended = 1;
            watch->status = status;
            watch->ended_at = cprocess_monotonic_seconds();
        }
    }
}

static void ask_to_stop(struct watch *watch, double grace) {
    // A program that had ended before was not stopped by us.
    collect(watch);
    if (watch->program_ended) return;
    double at = cprocess_monotonic_seconds() + (grace > 0 ? grace : 0);
    // A second request may shorten the time left, never lengthen it.
    if (!watch->asked || at < watch->kill_at) watch->kill_at = at;
    if (!watch->asked) {
        kill(-watch->program, SIGTERM);
        // One that has stopped itself hears of it only when it goes on.
        kill(-watch->program, SIGCONT);
    }
    watch->asked = 1;
}

static void obey(struct watch *watch) {
    double seconds;
    watch->line[watch->length] = 0;
    if (!strcmp(watch->line, "kill")) {
        collect(watch);
        if (!watch->program_ended) watch->asked = watch->kill_now = 1;
    } else if (sscanf(watch->line, "stop %lf", &seconds) == 1) {
        ask_to_stop(watch, seconds);
    } else if (sscanf(watch->line, "lease %lf", &seconds) == 1) {
        watch->lease_end = cprocess_monotonic_seconds() + seconds;
    } else {
        long long taken;
        if (sscanf(watch->line, "taken %lld", &taken) == 1 && taken > watch->taken) watch->taken = taken;
    }
    watch->length = 0;
}

static void read_control(struct watch *watch) {
    char bytes[256];
    ssize_t count = read(watch->control, bytes, sizeof bytes);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (count <= 0) {
        // The agent is gone.
        watch->control = -1;
        ask_to_stop(watch, watch->grace);
        return;
    }
    for (ssize_t i = 0; i < count; i++) {
        if (bytes[i] == '\n') {
            obey(watch);
        } else if (watch->length < sizeof watch->line - 1) {
            watch->line[watch->length++] = bytes[i];
        }
    }
}

// Output that nobody has read yet; beyond it the program waits, as it would for a slow disk.
static const long long most_ahead = 4LL * 1024 * 1024;
// The agent is gone or looks away: what comes beyond this is dropped, so that neither the disk fills nor the end waits.
static const long long most_alone = 16LL * 1024 * 1024;

static int may_copy(const struct watch *watch) {
    if (watch->source < 0) return 0;
    return watch->control < 0 || watch->program_ended || watch->written - watch->taken < most_ahead;
}

static void write_all(struct watch *watch, const char *bytes, ssize_t count) {
    if (watch->written - watch->taken > most_alone) return;
    for (ssize_t done = 0; done < count;) {
        ssize_t result = write(watch->sink, bytes + done, (size_t)(count - done));
        if (result < 0 && errno == EINTR) continue;
        // A full disk: the rest is lost, the program goes on.
        if (result <= 0) return;
        done += result;
        watch->written += result;
    }
}

// Copies what is there now, at most so many pieces that commands are still heard. Returns 0 when nothing is left.
static int copy_output(struct watch *watch, int pieces) {
    static char bytes[64 * 1024];
    while (pieces-- > 0 && may_copy(watch)) {
        ssize_t count = read(watch->source, bytes, sizeof bytes);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno == EAGAIN) return 0;
        if (count <= 0) {
            close(watch->source);
            watch->source = -1;
            return 0;
        }
        write_all(watch, bytes, count);
    }
    return may_copy(watch);
}

static void kill_what_is_due(struct watch *watch) {
    int due = watch->kill_now || (watch->asked && cprocess_monotonic_seconds() >= watch->kill_at);
    if (!due && !watch->program_ended) return;
    if (watch->killed_at == 0) watch->killed_at = cprocess_monotonic_seconds();
    if (!watch->program_ended) {
        watch->killed = 1;
        // Not yet collected, so the group number is still ours.
        kill(-watch->program, SIGKILL);
    }
    watch->left = cprocess_kill_descendants();
}

// A process that waits for a device that does not answer can not be killed: somebody else has to look after it.
static const double kill_patience = 20;

static int has_given_up(const struct watch *watch) {
    return watch->killed_at > 0 && cprocess_monotonic_seconds() >= watch->killed_at + kill_patience;
}

static int milliseconds_to_wait(const struct watch *watch) {
    if (watch->program_ended || watch->killed) return 10;
    double next = watch->asked ? watch->kill_at : watch->lease_end;
    if (next == 0) return -1;
    double left = next - cprocess_monotonic_seconds();
    return left <= 0 ? 0 : left > 3600 ? 3600000 : (int)(left * 1000) + 1;
}

static void wait_for_news(struct watch *watch) {
    struct pollfd sources[3] = {
        {.fd = wake_pipe[0], .events = POLLIN},
        {.fd = watch->control, .events = POLLIN},
        {.fd = may_copy(watch) ? watch->source : -1, .events = POLLIN},
    };
    if (poll(sources, 3, milliseconds_to_wait(watch)) < 0) return;
    char drained[64];
    if (sources[0].revents) {
        while (read(wake_pipe[0], drained, sizeof drained) > 0) {}
    }
    if (sources[1].revents) read_control(watch);
    if (sources[2].revents) copy_output(watch, 16);
}

int cprocess_keep(const struct cprocess_watch *given, struct cprocess_end *end) {
    struct watch watch = {
        .program = given->program, .control = given->control, .grace = given->grace_seconds,
        .source = given->source, .sink = given->sink,
    };
    if (watch.source >= 0) fcntl(watch.source, F_SETFL, O_NONBLOCK);
    while (!collect(&watch) && !has_given_up(&watch)) {
        kill_what_is_due(&watch);
        wait_for_news(&watch);
        if (watch.lease_end > 0 && cprocess_monotonic_seconds() >= watch.lease_end) {
            watch.lease_end = 0;
            ask_to_stop(&watch, watch.grace);
        }
        if (term_received) {
            term_received = 0;
            ask_to_stop(&watch, watch.grace);
        }
    }
    // Nobody is left to write: what the pipe holds is all there is.
    copy_output(&watch, 1 << 10);
    int ended = watch.program_ended;
    if (!ended && watch.killed_at == 0) return -ECHILD;
    end->exit_code = ended && WIFEXITED(watch.status) ? WEXITSTATUS(watch.status) : -1;
    end->signal = ended && WIFSIGNALED(watch.status) ? WTERMSIG(watch.status) : -1;
    end->elapsed_seconds = (ended ? watch.ended_at : cprocess_monotonic_seconds()) - given->started_seconds;
    end->asked_to_stop = watch.asked;
    end->killed = watch.killed;
    end->left = collect(&watch) ? 0 : watch.left > 0 ? watch.left : 1;
    return 0;
}
