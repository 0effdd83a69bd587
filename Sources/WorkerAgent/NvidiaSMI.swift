import Subprocess

/// Asks the GPUs through the program that comes with NVIDIA's driver.
public struct NvidiaSMI: GPUInspector {
    /// Name or path.
    public var program: String
    /// Seconds that one call may take.
    public var timeoutSeconds: Double

    public init(program: String = "nvidia-smi", timeoutSeconds: Double = 30) {
        self.program = program
        self.timeoutSeconds = timeoutSeconds
    }

    public func devices() async throws(GPUFailure) -> [GPUDevice] {
        let text: String
        do { text = try await answer("--query-gpu=index,uuid,name,memory.total") } catch {
            // A driver without any GPU says so with a status of its own.
            if case .failed(_, _, let message) = error, message.hasPrefix("No devices") { return [] }
            throw error
        }
        return try rows(of: text, columns: 4) { row in
            guard let index = Int(row[0]), row[1].hasPrefix("GPU-") else { return nil }
            return GPUDevice(index: index, uuid: row[1], name: row[2], memory: Int(row[3]))
        }.sorted { $0.index < $1.index }
    }

    public func usage(of uuids: [String]) async throws(GPUFailure) -> [GPUUsage] {
        let devices = try rows(of: try await answer("--query-gpu=uuid,memory.used,memory.total"), columns: 3) { row in
            GPUUsage(uuid: row[0], used: Int(row[1]), total: Int(row[2]))
        }
        let processes = try rows(
            of: try await answer("--query-compute-apps=gpu_uuid,pid,used_memory,process_name"), columns: 4
        ) { row in
            Int32(row[1]).map { (uuid: row[0], process: GPUProcess(pid: $0, used: Int(row[2]), name: row[3])) }
        }
        return uuids.compactMap { uuid in
            guard var usage = devices.first(where: { $0.uuid == uuid }) else { return nil }
            usage.processes = processes.filter { $0.uuid == uuid }.map(\.process).sorted { $0.pid < $1.pid }
            return usage
        }
    }

    /// Reads comma-separated rows; the last column takes what is left of its line.
    private func rows<Row>(
        of text: String, columns: Int, _ read: ([String]) -> Row?
    ) throws(GPUFailure) -> [Row] {
        var found: [Row] = []
        for line in text.split(whereSeparator: \.isNewline) {
            let fields = line.split(separator: ",", maxSplits: columns - 1, omittingEmptySubsequences: false)
                .map { String($0.trimmingPrefix { $0.isWhitespace }) }
            if fields.allSatisfy({ $0.allSatisfy(\.isWhitespace) }) { continue }
            guard fields.count == columns, let row = read(fields) else {
                throw .unreadable(program: program, line: String(line.prefix(200)))
            }
            found.append(row)
        }
        return found
    }

    // MARK: One call

    private func answer(_ query: String) async throws(GPUFailure) -> String {
        let (answers, sender) = AsyncStream.makeStream(
            of: Result<String, GPUFailure>.self, bufferingPolicy: .bufferingOldest(1))
        let call = Task { sender.yield(await run(query)) }
        // A process that hangs inside the driver can not even be killed: nobody waits for it.
        let alarm = Task {
            try? await Task.sleep(for: .seconds(timeoutSeconds + 3))
            sender.yield(.failure(.timedOut(program: program, seconds: timeoutSeconds)))
        }
        defer {
            call.cancel()
            alarm.cancel()
        }
        for await answer in answers { return try answer.get() }
        throw .timedOut(program: program, seconds: timeoutSeconds)
    }

    private func run(_ query: String) async -> Result<String, GPUFailure> {
        do {
            let result = try await Subprocess.run(
                .name("timeout"),
                arguments: ["-k", "1", "\(timeoutSeconds)", program, query, "--format=csv,noheader,nounits"],
                output: .string(limit: 1 << 20), error: .string(limit: 1 << 16))
            let said = result.standardOutput + "\n" + result.standardError
            return outcome(result.terminationStatus, result.standardOutput, said: said)
        } catch {
            return .failure(.failed(program: program, status: "it could not be run", message: "\(error)"))
        }
    }

    private func outcome(
        _ status: TerminationStatus, _ output: String, said: String
    ) -> Result<String, GPUFailure> {
        let first = said.split(whereSeparator: \.isNewline).first.map { String($0.prefix(300)) } ?? ""
        switch status {
        case .exited(0): return .success(output)
        // Of `timeout` itself: the time was over; it had to kill, which may hit itself; there is no program.
        case .exited(124), .exited(137), .signaled(9):
            return .failure(.timedOut(program: program, seconds: timeoutSeconds))
        case .exited(127): return .failure(.notInstalled(program: program))
        case .exited(let code):
            return .failure(.failed(program: program, status: "exit status \(code)", message: first))
        default: return .failure(.failed(program: program, status: "\(status)", message: first))
        }
    }
}
