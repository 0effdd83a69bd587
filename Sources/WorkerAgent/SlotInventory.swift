import CProcess
import HyperSchedProtocol
import Logging

/// What this machine has to offer.
enum SlotInventory {
    /// GPU slots first, then CPU slots, numbered from 0. Slots that share GPUs: the first ones of all GPUs, then the
    /// second ones, so that trials spread over the GPUs before they share one.
    static func slots(_ options: AgentOptions) async throws(AgentStartError) -> [Slot] {
        let devices = try await gpus(options)
        let parts = max(1, options.trialsPerGPU)
        var slots: [Slot] = []
        for part in 0..<parts {
            for entry in devices {
                var gpu = entry.gpu?.description
                if parts > 1 { gpu = gpu ?? GPUDescription(index: devices.firstIndex(of: entry)) }
                if parts > 1 { gpu?.part = part }
                let device = options.gpuNaming == .index ? entry.gpu.map { "\($0.index)" } : nil
                slots.append(Slot(index: slots.count, kind: .gpu, device: device ?? entry.device, gpu: gpu))
            }
        }
        let cpus = options.cpuSlots ?? (devices.isEmpty ? Int(cprocess_usable_cpus()) : 0)
        slots += (0..<max(0, cpus)).map { Slot(index: slots.count + $0, kind: .cpu) }
        guard !slots.isEmpty else { throw .noSlots }
        return slots
    }

    /// The GPUs to use.
    private static func gpus(_ options: AgentOptions) async throws(AgentStartError) -> [VisibleDevices.Entry] {
        guard options.gpuSlots != .count(0) else { return [] }
        let visible = VisibleDevices(options.visibleDevices, among: try await listed(options))
        if let unknown = visible.unknown {
            options.logger.warning(
                """
                CUDA_VISIBLE_DEVICES is '\(options.visibleDevices ?? "")': '\(unknown)' is no GPU of this machine, so \
                it and what follows is not used, as CUDA does
                """)
        }
        guard case .count(let count) = options.gpuSlots else {
            // Without nvidia-smi nobody knows whether there are any.
            return visible.entries.contains { $0.gpu != nil || $0.device.hasPrefix("MIG-") } ? visible.entries : []
        }
        var entries = visible.entries
        if entries.isEmpty, options.visibleDevices == nil {
            // Without nvidia-smi the numbers must do.
            entries = (0..<count).map { VisibleDevices.Entry(device: "\($0)") }
        }
        if entries.count < count {
            options.logger.warning("only \(entries.count) of \(count) GPUs can be used: no more are visible")
        }
        return Array(entries.prefix(count))
    }

    /// nil: there is no nvidia-smi that works.
    private static func listed(_ options: AgentOptions) async throws(AgentStartError) -> [GPUDevice]? {
        let program = NvidiaSMI(program: options.nvidiaSMI, timeoutSeconds: options.nvidiaSMISeconds)
        do throws(GPUFailure) {
            return try await program.devices()
        } catch {
            let isMissing = error == .notInstalled(program: options.nvidiaSMI)
            // Most machines have neither GPUs nor nvidia-smi; who names one wants it.
            if isMissing && options.nvidiaSMI == "nvidia-smi" { return nil }
            if isMissing { throw .nvidiaSMI(error) }
            options.logger.warning(
                "\(error); no GPU is offered (--gpu-slots N offers the first N without asking, --gpu-slots 0 none)")
            return nil
        }
    }
}
