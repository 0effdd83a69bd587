import Glibc

/// How libtorch's threads wait for each other.
enum WaitPolicy {
    private static let variable = "OMP_WAIT_POLICY"
    private static let alternatives = [variable, "GOMP_SPINCOUNT"]

    /// Starts this program again, in the same process, with waiting threads asleep instead of spinning, unless the
    /// environment already says how to wait.
    ///
    /// A thread that spins while another program has its core holds up every operation: two threads on a busy machine
    /// of two cores were measured 20 to 100 times slower than one. libgomp reads the setting when it is loaded, before
    /// `main`, so setting it here is too late for this image.
    static func makePassive(threads: Int) {
        guard threads > 1, alternatives.allSatisfy({ getenv($0) == nil }) else { return }
        setenv(variable, "passive", 1)
        // Returns only where it fails; then the threads spin, which is slow and not wrong.
        execv("/proc/self/exe", CommandLine.unsafeArgv)
    }
}
