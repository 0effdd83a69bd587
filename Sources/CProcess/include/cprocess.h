// What Swift can not do by itself: fork and exec with all the settings a trial needs, and keep watch over everything a
// program leaves behind. Linux only. All functions return 0 or a positive result; a negative result is -errno.
#ifndef HYPERSCHED_CPROCESS_H
#define HYPERSCHED_CPROCESS_H

#include <sys/types.h>

struct cprocess_launch {
    // Absolute, or relative to `directory`.
    const char *program;
    // Both end with NULL.
    char *const *arguments;
    char *const *environment;
    // NULL: where the caller is.
    const char *directory;
    // Descriptors that become 0, 1 and 2; -1: /dev/null.
    int input;
    int output;
    int error;
    // Stays open in the program under its own number; -1: none. Every other descriptor above 2 is closed.
    int passed;
    // 1: a new session and process group led by the program.
    int new_session;
    // Sent to the program when the calling thread ends; 0: none.
    int parent_death_signal;
};

enum cprocess_stage {
    CPROCESS_STAGE_FORK = 1,
    CPROCESS_STAGE_DIRECTORY = 2,
    CPROCESS_STAGE_DESCRIPTORS = 3,
    CPROCESS_STAGE_PROGRAM = 4,
};

// Starts a program; returns its process id. On failure -errno, and `stage` says what failed.
pid_t cprocess_spawn(const struct cprocess_launch *launch, int *stage);

// Makes the process the parent of every orphan among its descendants, ignores what a terminal sends, and notes SIGTERM.
// Call it before the program is started.
int cprocess_become_keeper(void);

struct cprocess_end {
    // One of the two is set; the other is -1.
    int exit_code;
    int signal;
    double elapsed_seconds;
    // The program was asked to end (SIGTERM or SIGKILL from us) while it ran.
    int asked_to_stop;
    // It had to be killed.
    int killed;
};

// Watches over `program` (started by this process) until it and all its descendants are gone, which is verified.
// `control` carries lines: "stop SECONDS" (SIGTERM to the group, after SECONDS SIGKILL), "kill", and "lease SECONDS":
// unless the next one comes within SECONDS, "stop grace_seconds" is meant; so it is by the end of `control` and by a
// SIGTERM to the keeper. `started_seconds`: when the program was started, by CLOCK_MONOTONIC.
int cprocess_keep(pid_t program, int control, double grace_seconds, double started_seconds, struct cprocess_end *end);

// Kills every descendant of this process, once over. Returns how many were found.
int cprocess_kill_descendants(void);

// Takes an exclusive lock on a file, which lasts until the last copy of the descriptor is closed. 1: locked, 0: someone
// else holds it.
int cprocess_try_lock(int descriptor);

// A pipe that no other program inherits: [0] to read, [1] to write.
int cprocess_pipe(int descriptors[2]);

// From now on each SIGTERM and SIGINT is a byte to be read from the descriptor returned; none is lost.
int cprocess_end_signals(void);

// 1: the child `pid` has ended and is collected, 0: it runs.
int cprocess_collect(pid_t pid);

// Seconds by CLOCK_MONOTONIC: one clock for all processes of this boot; it stands still while the machine sleeps.
double cprocess_monotonic_seconds(void);
// Seconds by CLOCK_BOOTTIME: it goes on while the machine sleeps, as the daemon's clock does.
double cprocess_boottime_seconds(void);
// Seconds since 1970 by the wall clock, which may be set.
double cprocess_realtime_seconds(void);

// Gives the space of a part of a file back; it reads as zeros afterwards, the size stays.
int cprocess_punch_hole(int descriptor, long long start, long long length);

// Number of CPUs the process may use.
int cprocess_usable_cpus(void);

#endif
