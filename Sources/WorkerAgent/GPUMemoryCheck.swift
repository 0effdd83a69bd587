import HyperSchedProtocol
import Logging

/// Asks whether a GPU is as it was before the trial: a process may be gone and its memory not.
actor GPUMemoryCheck: DeviceCheck {
    private let inspector: any GPUInspector
    private let logger: Logger
    /// Of devices that slots call by their numbers.
    private var uuids: [String: String] = [:]
    /// Several slots are on it: what is there may be the neighbour's.
    private let shared: Set<String>
    private let now: @Sendable () -> Double
    private var before: [String: GPUUsage] = [:]
    /// When memory without a process was first seen, in seconds.
    private var since: [String: Double] = [:]

    /// MiB that a driver may hold more or less for itself.
    static let tolerance = 200
    /// Seconds after which memory that no process holds is taken for the new beginning: a desktop may have grown.
    static let patience = 600.0

    /// - Parameter now: seconds of a clock that is never set.
    init(slots: [Slot], inspector: any GPUInspector, logger: Logger, now: @escaping @Sendable () -> Double) {
        self.inspector = inspector
        self.logger = logger
        self.now = now
        let devices = slots.compactMap(\.device)
        shared = Set(Dictionary(grouping: devices) { $0 }.filter { $0.value.count > 1 }.keys)
    }

    func noteIdle(_ devices: [String]) async {
        for (device, usage) in await usage(of: devices) {
            before[device] = usage
            since[device] = nil
        }
    }

    func dirt(on devices: [String]) async -> [String: String] {
        var found: [String: String] = [:]
        for (device, usage) in await usage(of: devices) {
            guard let left = GPULeftovers(usage, since: before[device], tolerance: Self.tolerance) else {
                since[device] = nil
                continue
            }
            if left.processes.isEmpty, now() - (since[device] ?? now()) >= Self.patience {
                before[device] = usage
                since[device] = nil
                continue
            }
            since[device] = since[device] ?? now()
            found[device] = "\(left); fix: end what holds it (`nvidia-smi`), or reset the GPU"
        }
        return found
    }

    /// Without the shared ones. Empty where nobody can say, which is no reason to doubt.
    private func usage(of devices: [String]) async -> [(device: String, usage: GPUUsage)] {
        let wanted = devices.filter { !shared.contains($0) }
        if wanted.isEmpty { return [] }
        do {
            if wanted.contains(where: { Int($0) != nil && uuids[$0] == nil }) {
                for device in try await inspector.devices() { uuids["\(device.index)"] = device.uuid }
            }
            let usages = try await inspector.usage(of: wanted.map { uuids[$0] ?? $0 })
            return wanted.compactMap { device in
                usages.first { $0.uuid == uuids[device] ?? device }.map { (device, $0) }
            }
        } catch {
            logger.warning("GPUs can not be checked", metadata: ["error": "\(error)"])
            return []
        }
    }
}
