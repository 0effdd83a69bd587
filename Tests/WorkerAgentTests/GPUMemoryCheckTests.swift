import HyperSchedProtocol
import Logging
import Synchronization
import Testing

@testable import WorkerAgent

/// Whether a GPU is clean again, with a clock and GPUs that the test sets.
@Suite struct GPUMemoryCheckTests {
    private final class Machine: GPUInspector {
        let used = Mutex<[String: Int]>(["GPU-a": 3, "GPU-b": 5])
        let processes = Mutex<[String: [GPUProcess]]>([:])
        let clock = Mutex(0.0)

        func devices() async throws(GPUFailure) -> [GPUDevice] {
            [GPUDevice(index: 0, uuid: "GPU-a", name: "fake", memory: 80_000)]
        }

        func usage(of uuids: [String]) async throws(GPUFailure) -> [GPUUsage] {
            uuids.compactMap { uuid in
                used.withLock { $0[uuid] }.map { used in
                    GPUUsage(uuid: uuid, used: used, total: 80_000, processes: processes.withLock { $0[uuid] ?? [] })
                }
            }
        }
    }

    private let machine = Machine()

    private func check(_ devices: [String]) -> GPUMemoryCheck {
        GPUMemoryCheck(
            slots: devices.enumerated().map { Slot(index: $0, kind: .gpu, device: $1) }, inspector: machine,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            now: { [machine] in machine.clock.withLock { $0 } })
    }

    @Test func memoryThatCameBackIsClean() async {
        let check = check(["GPU-a", "GPU-b"])
        await check.noteIdle(["GPU-a"])
        machine.used.withLock { $0["GPU-a"] = 60_003 }
        #expect(await check.dirt(on: ["GPU-a"])["GPU-a"]?.hasPrefix("GPU GPU-a still holds 60000 MiB more") == true)
        #expect(await check.dirt(on: ["GPU-b"]).isEmpty)
        machine.used.withLock { $0["GPU-a"] = 150 }
        #expect(await check.dirt(on: ["GPU-a"]).isEmpty)
    }

    @Test func slotsMayCallThemByNumber() async {
        let check = check(["0"])
        await check.noteIdle(["0"])
        machine.used.withLock { $0["GPU-a"] = 60_003 }
        #expect(await check.dirt(on: ["0"])["0"]?.hasPrefix("GPU GPU-a still holds 60000 MiB more") == true)
    }

    /// A desktop may have grown: a slot is not lost for ever because of it.
    @Test func memoryThatNobodyHoldsIsWaitedForNotForEver() async {
        let check = check(["GPU-a"])
        await check.noteIdle(["GPU-a"])
        machine.used.withLock { $0["GPU-a"] = 2_000 }
        #expect(await !check.dirt(on: ["GPU-a"]).isEmpty)
        machine.clock.withLock { $0 = GPUMemoryCheck.patience }
        #expect(await check.dirt(on: ["GPU-a"]).isEmpty)
        #expect(await check.dirt(on: ["GPU-a"]).isEmpty, "that is how it is now")
    }

    @Test func aProcessHasToGo() async {
        let check = check(["GPU-a"])
        machine.processes.withLock { $0["GPU-a"] = [GPUProcess(pid: 7, used: 100, name: "notebook")] }
        await check.noteIdle(["GPU-a"])
        #expect(await check.dirt(on: ["GPU-a"]).isEmpty, "it was there before")
        machine.processes.withLock { $0["GPU-a"]!.append(GPUProcess(pid: 8, used: 100, name: "python")) }
        machine.clock.withLock { $0 = 10 * GPUMemoryCheck.patience }
        #expect(await check.dirt(on: ["GPU-a"])["GPU-a"]?.contains("process 8 (python)") == true)
        machine.clock.withLock { $0 = 20 * GPUMemoryCheck.patience }
        #expect(await !check.dirt(on: ["GPU-a"]).isEmpty)
    }

    /// Two trials on one GPU: what is there may be the other one's.
    @Test func aSharedGPUSaysNothing() async {
        let check = check(["GPU-a", "GPU-a"])
        await check.noteIdle(["GPU-a"])
        machine.used.withLock { $0["GPU-a"] = 60_000 }
        #expect(await check.dirt(on: ["GPU-a"]).isEmpty)
    }
}
