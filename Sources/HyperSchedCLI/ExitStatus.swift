/// What the program's exit status says to scripts. See docs/CLI.md.
struct ExitStatus: RawRepresentable, Hashable, Sendable {
    let rawValue: Int32

    static let success = ExitStatus(rawValue: 0)
    static let failure = ExitStatus(rawValue: 1)
    /// The command line is wrong.
    static let usage = ExitStatus(rawValue: 2)
    /// The sweep ended without what was asked for.
    static let missed = ExitStatus(rawValue: 3)
    static let unreachable = ExitStatus(rawValue: 4)
    /// Ctrl-C, as shells say it.
    static let interrupted = ExitStatus(rawValue: 130)

    static let explanation = """
        Exit status: 0 all is well; 1 an error; 2 the command line is wrong; 3 the sweep failed, was cancelled, missed \
        its target or has no result (sweep watch, sweep run --watch); 4 the daemon can not be reached.
        """
}
