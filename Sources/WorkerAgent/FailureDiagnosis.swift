import HyperSchedProtocol

/// What went wrong with a program that ended by itself, told from its exit status and its last lines.
struct FailureDiagnosis: Hashable, Sendable {
    let kind: FailureClass
    /// One sentence for people: what happened and, where it is known, what to do.
    let explanation: String

    private init(_ kind: FailureClass, _ explanation: String) {
        self.kind = kind
        self.explanation = String(explanation.prefix(600))
    }

    init(of end: ProcessEnd) {
        let found =
            Self.ofStart(end) ?? Self.ofStatus(end) ?? Self.ofLines(end.lastLines) ?? Self.ofSignal(end)
            ?? Self.ofCommandLine(end)
        self = found ?? Self(.other, Self.status(end.exitCode, end.lastLine))
    }

    private static func ofStart(_ end: ProcessEnd) -> Self? { end.startFailure.map { Self(.start, $0) } }

    private static func ofStatus(_ end: ProcessEnd) -> Self? {
        guard let code = end.exitCode, AttemptEnded.permanentExitCodes.contains(code) else { return nil }
        return Self(.usage, status(code, end.lastLine))
    }

    private static func status(_ code: Int?, _ line: String) -> String {
        let status = "exit status \(code ?? -1)"
        return line.isEmpty ? "\(status), and it said nothing" : "\(status): \(line)"
    }

    // MARK: Lines

    private static let memory = [
        "CUDA out of memory", "OutOfMemoryError", "CUDA_ERROR_OUT_OF_MEMORY", "CUBLAS_STATUS_ALLOC_FAILED",
        "HIP out of memory", "RESOURCE_EXHAUSTED: Out of memory", "DefaultCPUAllocator: ", "Cannot allocate memory",
        "MemoryError", "std::bad_alloc", "java.lang.OutOfMemoryError",
    ]
    private static let disk = ["No space left on device", "Disk quota exceeded"]

    /// The last line that says something known decides.
    private static func ofLines(_ lines: [String]) -> Self? {
        for line in lines.reversed() {
            if let found = missingModule(line) { return found }
            if memory.contains(where: line.contains) {
                let isGPU = ["CUDA", "HIP", "CUBLAS"].contains(where: line.contains)
                return Self(.oom, "ran out of \(isGPU ? "GPU " : "")memory: \(line)")
            }
            if disk.contains(where: line.contains) { return Self(.disk, "the disk is full: \(line)") }
        }
        return nil
    }

    private static func missingModule(_ line: String) -> Self? {
        for mark in ["ModuleNotFoundError: No module named ", "Error: Cannot find module "] {
            guard let name = rest(of: line, after: mark) else { continue }
            return Self(
                .missingModule,
                "the module \(name) is missing; fix: install it in the environment that the command uses on this agent"
            )
        }
        let isLibrary = line.contains("cannot open shared object file")
        guard isLibrary || line.hasPrefix("ImportError: ") else { return nil }
        return Self(.missingModule, "a \(isLibrary ? "library" : "module") can not be loaded on this agent: \(line)")
    }

    private static func rest(of line: String, after mark: String) -> String? {
        guard let start = line.utf8.firstRange(of: mark) else { return nil }
        return String(line[start...])
    }

    // MARK: Signals

    private static let names = [
        4: "illegal instruction (SIGILL)", 6: "aborted (SIGABRT)", 7: "bus error (SIGBUS)",
        8: "arithmetic error (SIGFPE)", 11: "segmentation fault (SIGSEGV)", 15: "SIGTERM", 9: "SIGKILL",
    ]

    private static func ofSignal(_ end: ProcessEnd) -> Self? {
        // A shell says so of the program that it ran.
        let byShell = end.exitCode.flatMap { (129...159).contains($0) ? $0 - 128 : nil }
        guard let signal = end.signal ?? byShell else { return nil }
        let last = end.lastLine.isEmpty ? "" : "; last line: \(end.lastLine)"
        let name = names[signal] ?? "signal \(signal)"
        guard signal == 9 else { return Self(.signal, "crashed: \(name)\(last)") }
        let sender =
            end.memoryKills > 0
            ? "the kernel killed \(end.memoryKills) for want of memory meanwhile"
            : "nobody here sent it; the kernel's out-of-memory killer does, most often"
        return Self(.oom, "killed by SIGKILL, maybe out of memory: \(sender)\(last)")
    }

    // MARK: Command line

    private static func ofCommandLine(_ end: ProcessEnd) -> Self? {
        switch end.exitCode {
        case 126, 127: return Self(.start, "the command can not be run here: \(status(end.exitCode, end.lastLine))")
        case 2:
            // Python's argparse, and what is like it.
            let marks = [
                "error: unrecognized arguments", "error: the following arguments are required", "error: argument ",
            ]
            guard marks.contains(where: end.lastLine.contains) else { return nil }
            return Self(.usage, "the program does not take this command line: \(end.lastLine)")
        default: return nil
        }
    }
}

extension String.UTF8View {
    /// Where the text goes on behind the first place that has these bytes.
    fileprivate func firstRange(of mark: String) -> String.Index? {
        let wanted = Array(mark.utf8)
        var start = startIndex
        while start < endIndex {
            if self[start...].starts(with: wanted) { return index(start, offsetBy: wanted.count) }
            start = index(after: start)
        }
        return nil
    }
}
