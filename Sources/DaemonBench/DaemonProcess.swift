import Foundation
import Glibc

/// The daemon's process, on this machine.
enum DaemonProcess {
    /// Seconds of processor that the process and its threads have used; nil: it can not be seen.
    static func processorSeconds(of pid: Int) -> Double? {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let name = text.lastIndex(of: ")")
        else { return nil }
        // After the name: state, then numbers; utime and stime are the 14th and 15th field of the line.
        let fields = text[text.index(after: name)...].split(separator: " ")
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return nil }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}
