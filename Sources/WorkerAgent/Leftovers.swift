import Glibc

/// What remains of an attempt whose keeper was killed: the program dies with its keeper, its children may not.
enum Leftovers {
    /// Kills every process that has this HYPERSCHED_CHECKPOINT_DIR, until there is none, or it has been tried for long
    /// enough.
    static func kill(usingCheckpointFolder folder: String) async {
        for _ in 0..<1000 {
            let found = SlotCheck.holders(of: folder)
            if found.isEmpty { return }
            for pid in found { Glibc.kill(pid, SIGKILL) }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }
}
