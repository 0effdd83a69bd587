import Foundation
import HyperSchedClient
import HyperSchedProtocol
import TerminalView

/// `sweep watch`: draws the sweep again each second until it has ended, then says how it ended.
struct LiveWatch: Sendable {
    private static let secondsBetweenDrawings = 1.0
    private static let secondsBetweenLines = 5.0

    let client: DaemonClient
    let terminal: Terminal
    let sweep: SweepID
    /// No live view.
    let plain: Bool

    /// Returns when the sweep has ended well.
    /// - Throws: ``CommandFailure`` with status 3 when it ended otherwise.
    func run() async throws {
        let screen = terminal.isInteractive && !plain ? AlternateScreen(terminal) : nil
        let work = Task { try await follow(screen) }
        let interrupts = Interrupts { count in
            work.cancel()
            // The second Ctrl-C does not wait for anything.
            if count > 1 {
                screen?.close()
                exit(ExitStatus.interrupted.rawValue)
            }
        }
        defer { interrupts.cancel() }
        let result = await work.result
        screen?.close()
        switch result {
        case .success(let last): try await conclude(last)
        case .failure(let error):
            let failure = CommandFailure(error)
            guard failure.status == .interrupted else { throw failure }
            throw CommandFailure(
                .interrupted,
                "sweep \(sweep) goes on; come back with: hypersched sweep watch \(sweep)"
                    + (client.url == DaemonOptions.defaultURL ? "" : " --daemon \(client.url)"))
        }
    }

    /// - Returns: the sweep at its end.
    private func follow(_ screen: AlternateScreen?) async throws -> SweepSnapshot {
        var source = SnapshotSource(client: client, sweep: sweep)
        var last: SweepSnapshot?
        var patience = Patience()
        while true {
            do throws(ClientError) {
                let snapshot = try await source.next(trialCount: WatchScreen.trialCount(height: terminal.size.rows))
                if snapshot.sweep.state.isTerminal { return snapshot }
                // A script must not wait for somebody to look.
                if screen == nil, snapshot.sweep.isStuck { return snapshot }
                patience.contact()
                last = snapshot
                show(snapshot, screen)
            } catch {
                guard patience.excuses(error) else { throw error }
                trouble(error, last, screen)
            }
            try await Task.sleep(for: .seconds(screen == nil ? Self.secondsBetweenLines : Self.secondsBetweenDrawings))
        }
    }

    private func show(_ snapshot: SweepSnapshot, _ screen: AlternateScreen?) {
        guard let screen else { return terminal.print(SweepReport(snapshot).statusLine()) }
        let size = terminal.size
        screen.draw(WatchScreen(snapshot, width: size.columns, height: size.rows).lines())
    }

    /// The connection is lost for now: the last view stays, with a remark.
    private func trouble(_ error: ClientError, _ last: SweepSnapshot?, _ screen: AlternateScreen?) {
        guard let screen, var last else { return Terminal.say("\(error); trying again") }
        last.sweep.warnings.insert("\(error); trying again", at: 0)
        show(last, screen)
    }

    private func conclude(_ last: SweepSnapshot) async throws {
        let (client, sweep) = (client, sweep)
        let attempts = try await PageWalk.all { page async throws(ClientError) in
            try await client.attempts(of: sweep, page)
        }
        var winner: TrialDetail?
        if let best = last.sweep.best { winner = try await client.trial(best.trial) }
        terminal.print(SweepReport(last).final(winner: winner, attempts: attempts, width: terminal.width))
        // The report has said it already.
        if last.sweep.isStuck { throw CommandFailure(.missed) }
        if case .bad = last.sweep.verdict { throw CommandFailure(.missed) }
    }
}
