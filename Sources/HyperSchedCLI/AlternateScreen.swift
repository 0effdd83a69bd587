import Synchronization
import TerminalView

/// The terminal's second screen: what was on the first one is there again after ``close()``.
final class AlternateScreen: Sendable {
    private let terminal: Terminal
    private let isOpen = Mutex(true)

    init(_ terminal: Terminal) {
        self.terminal = terminal
        terminal.write("\u{1B}[?1049h\u{1B}[?25l\u{1B}[2J")
    }

    deinit { close() }

    /// Draws over what is there, line by line, so that nothing flickers.
    func draw(_ lines: [StyledLine]) {
        let text = lines.map { $0.text(colours: terminal.colours) + "\u{1B}[K" }.joined(separator: "\r\n")
        isOpen.withLock { if $0 { terminal.write("\u{1B}[H" + text + "\u{1B}[J") } }
    }

    /// May be called more than once.
    func close() {
        isOpen.withLock { isOpen in
            if isOpen { terminal.write("\u{1B}[?25h\u{1B}[?1049l") }
            isOpen = false
        }
    }
}
