// The agent as a process of its own, with a directory for a daemon: `agent-fixture agent DAEMON WORK [nvidia-smi]`.
// It is its own keeper, as the real program is: `agent-fixture internal-keeper DIR`.
import AgentTestSupport
import Glibc
import HyperSchedProtocol
import Logging
import WorkerAgent

let arguments = CommandLine.arguments.dropFirst()
switch arguments.first {
case "internal-keeper":
    exit(runKeeper(arguments: Array(arguments.dropFirst())))
case "agent" where arguments.count >= 3:
    let daemon = try FolderDaemon(path: CommandLine.arguments[2])
    var options = AgentOptions(daemon: "", name: AgentID("fixture"), workFolder: CommandLine.arguments[3])
    options.cpuSlots = 2
    options.gpuSlots = .count(0)
    options.drainSeconds = 5
    options.pollSeconds = 0.01
    options.logger.logLevel = .debug
    do {
        exit(try await runAgent(options, connection: daemon))
    } catch {
        print(error)
        exit(1)
    }
default:
    print("agent-fixture agent DAEMON WORK | internal-keeper DIR")
    exit(64)
}
