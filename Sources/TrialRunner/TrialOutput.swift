import ArgumentParser
import Foundation
import Torch
import Workloads

/// Lines and exit codes as the trial contract has them.
enum TrialOutput {
    /// One line on stdout, written at once.
    static func print(_ line: String) {
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }

    /// Runs a command; an error becomes one line on stderr and its exit code.
    static func exiting(_ body: () throws(WorkloadError) -> ExitCode) throws {
        let code: ExitCode
        do throws(WorkloadError) {
            code = try body()
        } catch {
            let line = error.message.split(whereSeparator: \.isNewline).joined(separator: " ")
            FileHandle.standardError.write(Data("hypersched-trial: \(line)\n".utf8))
            throw ExitCode(error.kind.rawValue)
        }
        if code != .success { throw code }
    }

    /// Sets the number of threads, or says what to install where libtorch is missing.
    static func requireTorch(threads: Int) throws(WorkloadError) {
        if TorchRuntime.isAvailable { WaitPolicy.makePassive(threads: threads) }
        TorchRuntime.keepFreedMemory()
        do throws(TorchError) {
            try TorchRuntime.setThreads(threads)
        } catch { throw WorkloadError(error) }
    }

    static func write(_ data: Data, to path: String) throws(WorkloadError) {
        do {
            try data.write(to: URL(fileURLWithPath: path))
        } catch { throw WorkloadError(.failed, "\(path): cannot be written: \(error.localizedDescription)") }
    }
}
