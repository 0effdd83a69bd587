import Foundation
import Glibc

/// What this process uses, in the names that Prometheus' own clients give it.
struct ProcessUsage {
    let residentBytes: Double
    let openFiles: Double
    let processorSeconds: Double

    /// Nil where there is no `/proc`.
    static func current() -> ProcessUsage? {
        guard let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " "),
            pages.count > 1, let resident = Double(pages[1]),
            let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        else { return nil }
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let times = [usage.ru_utime, usage.ru_stime]
        return ProcessUsage(
            residentBytes: resident * Double(sysconf(Int32(_SC_PAGESIZE))), openFiles: Double(files.count),
            processorSeconds: times.reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 })
    }
}
