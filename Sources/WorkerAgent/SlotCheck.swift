import Glibc
import HyperSchedProtocol

/// Whether slots are clean: what the next trial would find there.
protocol DeviceCheck: Sendable {
    /// Notes what the devices hold before a trial gets them.
    func noteIdle(_ devices: [String]) async
    /// By device what keeps it from being clean, one sentence each; devices that are clean are left out.
    func dirt(on devices: [String]) async -> [String: String]
}

/// For slots that are no devices.
struct NoDevices: DeviceCheck {
    func noteIdle(_ devices: [String]) async {}
    func dirt(on devices: [String]) async -> [String: String] { [:] }
}

/// Verifies that nothing of an attempt is left: no process of it by what its environment says, wherever it went, and
/// nothing on its devices.
struct SlotCheck: Sendable {
    let devices: any DeviceCheck
    /// Seconds that what is left may take to go.
    let patience: Double

    private static let mark = "HYPERSCHED_CHECKPOINT_DIR="

    /// What makes the slots unclean, by index; empty: all are clean.
    /// - Parameter left: processes that the attempt's keeper could not kill.
    func dirt(after folder: AttemptFolder, slots: [Slot], left: Int) async -> [Int: String] {
        var waited = 0.0
        while true {
            let found = await findings(folder, slots, left: left)
            if found.isEmpty || waited >= patience { return found }
            let pause = min(0.5, max(0.02, waited))
            try? await Task.sleep(for: .seconds(pause))
            waited += pause
        }
    }

    private func findings(_ folder: AttemptFolder, _ slots: [Slot], left: Int) async -> [Int: String] {
        if let text = await processes(of: folder.checkpoints, left: left) {
            return Dictionary(uniqueKeysWithValues: slots.map { ($0.index, text) })
        }
        let onDevices = await devices.dirt(on: slots.compactMap(\.device))
        var found: [Int: String] = [:]
        for slot in slots {
            if let text = slot.device.flatMap({ onDevices[$0] }) { found[slot.index] = text }
        }
        return found
    }

    private func processes(of checkpoints: String, left: Int) async -> String? {
        let found = Self.holders(of: checkpoints)
        guard !found.isEmpty else { return nil }
        for pid in found { Glibc.kill(pid, SIGKILL) }
        let names = found.prefix(5).map { "\($0) (\(Self.name(of: $0)))" }.joined(separator: ", ")
        return "\(found.count) process\(found.count == 1 ? "" : "es") of the trial can not be killed: \(names)"
    }

    /// Processes whose environment names this checkpoint directory, ascending.
    static func holders(of checkpoints: String) -> [pid_t] {
        let wanted = Array((mark + checkpoints).utf8)
        return FileAccess.names(in: "/proc").compactMap { pid_t($0) }.filter { has(wanted, $0) }.sorted()
    }

    /// A dead process that nobody has collected yet has no environment.
    private static func has(_ wanted: [UInt8], _ pid: pid_t) -> Bool {
        guard pid != getpid(), let environment = try? FileAccess.read("/proc/\(pid)/environ") else { return false }
        return environment.split(separator: 0).contains { $0.elementsEqual(wanted) }
    }

    private static func name(of pid: pid_t) -> String {
        let bytes = FileAccess.read("/proc/\(pid)/comm", from: 0, maximum: 64)
        return String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self)
    }
}
