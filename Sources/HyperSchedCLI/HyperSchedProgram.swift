import ArgumentParser
import Foundation
import WorkerAgent

@main
enum HyperSchedProgram {
    static func main() async {
        let arguments = CommandLine.arguments
        // The agent starts itself again under this name. It must stay on the process's first thread, because the kernel
        // ties the life of a trial to the thread that started it.
        if arguments.count > 1, arguments[1] == "internal-keeper" {
            exit(runKeeper(arguments: Array(arguments.dropFirst(2))))
        }
        exit(await status(of: Array(arguments.dropFirst())).rawValue)
    }

    /// Runs the command and says on standard error what went wrong.
    private static func status(of arguments: [String]) async -> ExitStatus {
        do {
            var command = try RootCommand.parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            return .success
        } catch {
            let failure = CommandFailure(error)
            if !failure.message.isEmpty {
                let stream = failure.status == .success ? FileHandle.standardOutput : FileHandle.standardError
                try? stream.write(contentsOf: Data((failure.message + "\n").utf8))
            }
            return failure.status
        }
    }
}
