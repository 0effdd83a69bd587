import CProcess
import HyperSchedProtocol
import Logging
import Subprocess

/// What this machine has to offer.
enum SlotInventory {
    /// GPU slots first, then CPU slots, numbered from 0.
    static func slots(_ options: AgentOptions) async throws(AgentStartError) -> [Slot] {
        var devices: [String]
        switch options.gpuSlots {
        case .automatic: devices = await gpus(options)
        case .count(0): devices = []
        case .count(let count):
            devices = await gpus(options)
            // Without nvidia-smi the numbers must do.
            if devices.isEmpty { devices = (0..<count).map(String.init) }
            devices = Array(devices.prefix(count))
        }
        let cpus = options.cpuSlots ?? (devices.isEmpty ? Int(cprocess_usable_cpus()) : 0)
        var slots = devices.enumerated().map { Slot(index: $0.offset, kind: .gpu, device: $0.element) }
        slots += (0..<max(0, cpus)).map { Slot(index: devices.count + $0, kind: .cpu) }
        guard !slots.isEmpty else { throw .noSlots }
        return slots
    }

    /// UUIDs, in the order of nvidia-smi's numbers.
    private static func gpus(_ options: AgentOptions) async -> [String] {
        do {
            // A driver in trouble makes nvidia-smi hang.
            let result = try await run(
                .name("timeout"),
                arguments: ["30", options.nvidiaSMI, "--query-gpu=index,uuid,memory.total", "--format=csv,noheader"],
                output: .string(limit: 1 << 20))
            guard result.terminationStatus.isSuccess else {
                // 127: there is none.
                if result.terminationStatus != .exited(127) {
                    options.logger.warning("nvidia-smi failed; no GPU is used")
                }
                return []
            }
            return devices(in: result.standardOutput)
        } catch {
            options.logger.warning("nvidia-smi can not be run", metadata: ["error": "\(error)"])
            return []
        }
    }

    /// Reads lines like `0, GPU-5d0b3f9c-…, 81559 MiB`.
    static func devices(in text: String) -> [String] {
        text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: ",").map { $0.filter { !$0.isWhitespace } }
            guard fields.count >= 2, Int(fields[0]) != nil, fields[1].hasPrefix("GPU-") else { return nil }
            return String(fields[1])
        }
    }
}
