import Logging
import Subprocess

/// Asks nvidia-smi whether the memory of a GPU came back: a process may be gone and its memory not.
actor GPUMemoryCheck: DeviceCheck {
    private let program: String
    private let logger: Logger
    /// MiB in use before a trial got the device; other programs of the machine may hold some.
    private var idle: [String: Int] = [:]

    /// MiB that a driver may hold more or less for itself.
    private static let tolerance = 200

    init(program: String, logger: Logger) {
        self.program = program
        self.logger = logger
    }

    func noteIdle(_ devices: [String]) async {
        guard !devices.isEmpty, let used = await used() else { return }
        for device in devices {
            if let now = used[device] { idle[device] = min(now, idle[device] ?? now) }
        }
    }

    func dirt(on devices: [String]) async -> [String: String] {
        guard !devices.isEmpty, let used = await used() else { return [:] }
        var found: [String: String] = [:]
        for device in devices {
            guard let now = used[device], now > (idle[device] ?? 0) + Self.tolerance else { continue }
            found[device] =
                "GPU \(device) still has \(now) MiB in use, \(idle[device] ?? 0) MiB before the trial; "
                + "fix: end what holds it (`nvidia-smi`), or reset the GPU"
        }
        return found
    }

    /// MiB by device; nil: nobody can say, which is no reason to doubt.
    private func used() async -> [String: Int]? {
        do {
            // A driver in trouble makes nvidia-smi hang.
            let result = try await run(
                .name("timeout"),
                arguments: ["10", program, "--query-gpu=uuid,memory.used", "--format=csv,noheader,nounits"],
                output: .string(limit: 1 << 20), error: .discarded)
            guard result.terminationStatus.isSuccess else { return nil }
            return Self.memory(in: result.standardOutput)
        } catch {
            logger.warning("nvidia-smi can not be run", metadata: ["error": "\(error)"])
            return nil
        }
    }

    /// Reads lines like `GPU-5d0b3f9c-…, 1234`.
    static func memory(in text: String) -> [String: Int] {
        var used: [String: Int] = [:]
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: ",").map { $0.filter { !$0.isWhitespace } }
            guard fields.count >= 2, let value = Int(fields[1].filter(\.isNumber)) else { continue }
            used[fields[0]] = value
        }
        return used
    }
}
