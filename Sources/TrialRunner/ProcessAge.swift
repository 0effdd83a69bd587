import Foundation
import Glibc

/// How long this process has been running.
enum ProcessAge {
    /// Seconds since the kernel started the process, to a hundredth; nil where /proc cannot be read.
    static func seconds() -> Double? {
        guard let line = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
            let end = line.lastIndex(of: ")")
        else { return nil }
        // proc(5): the start time, in clock ticks after boot, is field 22; field 3 follows the name in parentheses.
        let fields = line[line.index(after: end)...].split(separator: " ")
        guard fields.count > 19, let started = Double(fields[19]) else { return nil }
        var now = timespec()
        guard clock_gettime(CLOCK_BOOTTIME, &now) == 0 else { return nil }
        let seconds = Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
        return max(0, seconds - started / Double(sysconf(Int32(_SC_CLK_TCK))))
    }
}
