import Glibc
import HyperSchedProtocol

@testable import WorkerAgent

/// A program that answers as nvidia-smi does, from files of a test.
struct FakeNvidiaSMI {
    let folder: String
    var program: String { folder + "/nvidia-smi" }

    init() throws {
        var template = Array("/tmp/hypersched-gpus-XXXXXX".utf8CString)
        folder = mkdtemp(&template).map { String(cString: $0) } ?? "/tmp"
        // The queries are spelled out: another one is answered as nvidia-smi answers what it does not know.
        try write(
            """
            #!/bin/sh
            if test -f "$0.script"; then . "$0.script"; fi
            test "$2" = --format=csv,noheader,nounits || exit 2
            case "$1" in
            --query-gpu=index,uuid,name,memory.total) exec cat "$0.gpus" ;;
            --query-gpu=uuid,memory.used,memory.total) exec cat "$0.memory" ;;
            --query-compute-apps=gpu_uuid,pid,used_memory,process_name) exec cat "$0.processes" ;;
            esac
            echo "Field \\"$1\\" is not a valid field to query."
            exit 2
            """, to: program)
        chmod(program, 0o755)
        try show()
    }

    /// What it lists.
    func show(gpus: [String] = FakeNvidiaSMI.two, memory: [String] = [], processes: [String] = []) throws {
        for (name, lines) in [("gpus", gpus), ("memory", memory), ("processes", processes)] {
            try write(lines.map { $0 + "\n" }.joined(), to: "\(program).\(name)")
        }
    }

    /// Runs before it answers: `exit 9`, say.
    func act(_ script: String) throws { try write(script + "\n", to: program + ".script") }

    func remove() { FileAccess.remove(folder) }

    var options: AgentOptions {
        var options = AgentOptions(daemon: "", name: AgentID("a"), workFolder: folder)
        options.nvidiaSMI = program
        return options
    }

    static let two = ["0, GPU-11, NVIDIA H100 80GB HBM3, 81559", "1, GPU-22, NVIDIA H100 80GB HBM3, 81559"]

    private func write(_ text: String, to path: String) throws {
        try FileAccess.writeAtomically(Array(text.utf8), to: path)
    }
}
