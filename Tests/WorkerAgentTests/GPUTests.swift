import HyperSchedProtocol
import Logging
import Testing

@testable import WorkerAgent

/// GPUs as slots: what nvidia-smi says, what the agent may use, what a trial gets.
@Suite struct GPUTests {
    private static let model = "NVIDIA H100 80GB HBM3"

    private static func slot(_ index: Int, gpu: Int, part: Int? = nil, device: String? = nil) -> Slot {
        Slot(
            index: index, kind: .gpu, device: device ?? "GPU-\(gpu + 1)\(gpu + 1)",
            gpu: GPUDescription(index: gpu, name: model, memory: 81559, part: part))
    }

    private static func devices(_ count: Int) -> [GPUDevice] {
        (0..<count).map { GPUDevice(index: $0, uuid: "GPU-\($0 + 1)\($0 + 1)", name: model, memory: 81559) }
    }

    // MARK: Slots

    @Test func eachGPUIsASlot() async throws {
        let fake = try FakeNvidiaSMI()
        defer { fake.remove() }
        var options = fake.options
        let gpus = [Self.slot(0, gpu: 0), Self.slot(1, gpu: 1)]
        #expect(try await SlotInventory.slots(options) == gpus)
        options.cpuSlots = 1
        #expect(try await SlotInventory.slots(options) == gpus + [Slot(index: 2, kind: .cpu)])
        options.gpuSlots = .count(1)
        #expect(try await SlotInventory.slots(options) == [gpus[0], Slot(index: 1, kind: .cpu)])
        options.gpuSlots = .count(0)
        options.cpuSlots = 0
        await #expect(throws: AgentStartError.noSlots) { try await SlotInventory.slots(options) }
    }

    @Test func slotsThatShareAGPUSpreadFirst() async throws {
        let fake = try FakeNvidiaSMI()
        defer { fake.remove() }
        var options = fake.options
        options.trialsPerGPU = 2
        let slots = try await SlotInventory.slots(options)
        #expect(slots.map(\.label) == ["gpu0.0", "gpu1.0", "gpu0.1", "gpu1.1"])
        #expect(slots.map(\.index) == [0, 1, 2, 3])
        #expect(slots.map(\.device) == ["GPU-11", "GPU-22", "GPU-11", "GPU-22"])
        options.gpuNaming = .index
        #expect(try await SlotInventory.slots(options).map(\.device) == ["0", "1", "0", "1"])
    }

    @Test func cpusWithoutNvidiaSMI() async throws {
        var options = AgentOptions(daemon: "", name: AgentID("a"), workFolder: "")
        options.nvidiaSMI = "/nowhere/nvidia-smi"
        let absent = GPUFailure.notInstalled(program: "/nowhere/nvidia-smi")
        await #expect(throws: AgentStartError.nvidiaSMI(absent)) { try await SlotInventory.slots(options) }
        #expect(AgentStartError.nvidiaSMI(absent).description.contains("no program /nowhere/nvidia-smi"))
        let fake = try FakeNvidiaSMI()
        defer { fake.remove() }
        options.nvidiaSMI = fake.program
        for trouble in ["echo 'NVIDIA-SMI has failed'; exit 9", "echo 'No devices were found'; exit 6"] {
            try fake.act(trouble)
            let slots = try await SlotInventory.slots(options)
            #expect(!slots.isEmpty && slots.allSatisfy { $0.kind == .cpu })
        }
        try fake.act("exit 9")
        options.gpuSlots = .count(2)
        #expect(try await SlotInventory.slots(options).map(\.device) == ["0", "1"])
        options.visibleDevices = "5,7,8"
        #expect(try await SlotInventory.slots(options).map(\.device) == ["5", "7"])
        options.gpuSlots = .automatic
        #expect(try await SlotInventory.slots(options).allSatisfy { $0.kind == .cpu })
    }

    @Test func onlyVisibleGPUsAreOffered() async throws {
        let fake = try FakeNvidiaSMI()
        defer { fake.remove() }
        var options = fake.options
        options.visibleDevices = "1"
        #expect(try await SlotInventory.slots(options) == [Self.slot(0, gpu: 1)])
        options.visibleDevices = ""
        options.cpuSlots = 1
        #expect(try await SlotInventory.slots(options) == [Slot(index: 0, kind: .cpu)])
    }

    /// List, what is left of it, and the entry that is refused.
    @Test(
        arguments: [
            (nil, [0, 1, 2, 3], nil), ("", [], nil), ("  ", [], nil), ("-1", [], nil), ("NoDevFiles", [], nil),
            ("2,3", [2, 3], nil), ("3, 0", [3, 0], nil), ("0,0", [0], nil), ("1,-1,2", [1], nil),
            ("0,9,1", [0], "9"), ("GPU-22", [1], nil), ("GPU-3,GPU-1", [2, 0], nil), ("GPU-", [], "GPU-"),
            ("cuda:0", [], "cuda:0"), ("1,", [1], ""),
        ] as [(String?, [Int], String?)])
    func visibleDevicesAreReadAsCUDADoes(list: String?, expected: [Int], unknown: String?) {
        let visible = VisibleDevices(list, among: Self.devices(4))
        #expect(visible.entries.map { $0.gpu?.index ?? -1 } == expected)
        #expect(visible.unknown == unknown)
    }

    @Test func partsOfAGPUArePassedOn() {
        let visible = VisibleDevices("MIG-ab,1", among: Self.devices(2))
        #expect(visible.entries.map(\.device) == ["MIG-ab", "GPU-22"])
        #expect(VisibleDevices("GPU-9,7", among: nil).entries.map(\.device) == ["GPU-9", "7"])
    }

    // MARK: Trials

    @Test func aTrialGetsEachDeviceOnce() throws {
        var launch = TrialLaunch(
            assignment: AgentMachineTests.assignment(slots: [0, 1, 2]), folder: AttemptFolder(path: "/w/attempts/1.1"),
            parametersFile: "/w/params/1.json", timeLeftSeconds: 5,
            slots: [
                Self.slot(0, gpu: 0, part: 0), Self.slot(1, gpu: 1, part: 0), Self.slot(2, gpu: 0, part: 1),
                Self.slot(3, gpu: 1, part: 1),
            ], environment: [:], workingFolder: "/", programFolder: "/")
        var environment = try launch.trialEnvironment()
        #expect(environment["CUDA_VISIBLE_DEVICES"] == "GPU-11,GPU-22")
        #expect(environment["CUDA_DEVICE_ORDER"] == nil)
        #expect(environment["HYPERSCHED_SLOTS"] == "3")
        launch.assignment.slots = [3]
        #expect(try launch.trialEnvironment()["CUDA_VISIBLE_DEVICES"] == "GPU-22")
        launch.slots[3].device = "1"
        environment = try launch.trialEnvironment()
        #expect(environment["CUDA_VISIBLE_DEVICES"] == "1")
        #expect(environment["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID")
    }

    // MARK: nvidia-smi

    @Test func usageOfDevices() async throws {
        let fake = try FakeNvidiaSMI()
        defer { fake.remove() }
        try fake.show(
            memory: ["GPU-11, 2048, 81559", "GPU-22, [N/A], [N/A]"],
            processes: ["GPU-11, 77, 1024, python, train.py", "GPU-22, 78, [N/A], x", "GPU-11, 9, 5, y"])
        let smi = NvidiaSMI(program: fake.program)
        #expect(
            try await smi.usage(of: ["GPU-22", "GPU-33", "GPU-11"]) == [
                GPUUsage(uuid: "GPU-22", processes: [GPUProcess(pid: 78, name: "x")]),
                GPUUsage(
                    uuid: "GPU-11", used: 2048, total: 81559,
                    processes: [
                        GPUProcess(pid: 9, used: 5, name: "y"),
                        GPUProcess(pid: 77, used: 1024, name: "python, train.py"),
                    ]),
            ])
    }

    @Test func nvidiaSMIInTrouble() async throws {
        let fake = try FakeNvidiaSMI()
        defer { fake.remove() }
        let smi = NvidiaSMI(program: fake.program, timeoutSeconds: 0.2)
        try fake.act("exec sleep 1000")
        await #expect(throws: GPUFailure.timedOut(program: fake.program, seconds: 0.2)) { try await smi.devices() }
        try fake.act("trap '' TERM; while :; do sleep 0.05; done")
        await #expect(throws: GPUFailure.timedOut(program: fake.program, seconds: 0.2)) { try await smi.devices() }
        try fake.act("echo 'Unable to determine the device handle: GPU is lost.'; exit 15")
        let patient = NvidiaSMI(program: fake.program)
        let failure = await #expect(throws: GPUFailure.self) { try await patient.devices() }
        #expect(
            failure?.description.hasSuffix(
                "failed (exit status 15): Unable to determine the device handle: GPU is lost.") == true)
        try fake.act("echo 'ERR!, GPU-11, x, 3'; exit 0")
        await #expect(throws: GPUFailure.unreadable(program: fake.program, line: "ERR!, GPU-11, x, 3")) {
            try await patient.devices()
        }
    }

    // MARK: What a trial leaves behind

    @Test func aDesktopKeepsNoSlotBusy() {
        let desktop = GPUProcess(pid: 50, used: 900, name: "gnome-remote-desktop")
        let before = GPUUsage(uuid: "GPU-11", used: 1500, total: 8192, processes: [desktop])
        #expect(GPULeftovers(before, since: before) == nil)
        var after = before
        after.used = 1560
        #expect(GPULeftovers(after, since: before) == nil, "a few MiB do not matter")
        after.used = 3000
        #expect(GPULeftovers(after, since: before)?.excess == 1500)
        #expect(GPULeftovers(after, since: before, isShared: true) == nil)
        let orphan = GPUProcess(pid: 77, used: 1400, name: "python")
        after.processes = [desktop, orphan]
        for isShared in [false, true] {
            #expect(GPULeftovers(after, since: before, isShared: isShared)?.processes == [orphan])
        }
        #expect(GPULeftovers(after, since: nil)?.processes == [desktop, orphan])
        #expect(
            GPULeftovers(after, since: before)?.description
                == "GPU GPU-11 still holds process 77 (python) and 1500 MiB more than before the trial")
    }
}
