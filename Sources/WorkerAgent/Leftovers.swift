import Glibc

/// What remains of an attempt whose keeper was killed: the program dies with its keeper, its children may not.
enum Leftovers {
    /// Kills every process that has this HYPERSCHED_CHECKPOINT_DIR, until there is none.
    static func kill(usingCheckpointFolder folder: String) async {
        let mark = Array("HYPERSCHED_CHECKPOINT_DIR=\(folder)".utf8)
        while true {
            let found = FileAccess.names(in: "/proc").compactMap { pid_t($0) }.filter { has(mark, $0) }
            if found.isEmpty { return }
            for pid in found { Glibc.kill(pid, SIGKILL) }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    /// A dead process that nobody has collected yet has no environment.
    private static func has(_ mark: [UInt8], _ pid: pid_t) -> Bool {
        guard pid != getpid(), let environment = try? FileAccess.read("/proc/\(pid)/environ") else { return false }
        return environment.split(separator: 0).contains { $0.elementsEqual(mark) }
    }
}
