import Foundation

/// Debian's python3-torch, where it is installed: writes modules for the tests, which no binary file may hold.
enum PythonTorch {
    static let isPresent = run("import torch") == 0

    /// The exit status; -1 where there is no Python.
    static func run(_ program: String) -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        // From a file: torch.jit.script reads the source again.
        let file = NSTemporaryDirectory() + "/hypersched-\(UUID().uuidString).py"
        guard (try? program.write(toFile: file, atomically: true, encoding: .utf8)) != nil else { return -1 }
        defer { try? FileManager.default.removeItem(atPath: file) }
        process.arguments = [file]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return -1 }
        process.waitUntilExit()
        return process.terminationStatus
    }
}
