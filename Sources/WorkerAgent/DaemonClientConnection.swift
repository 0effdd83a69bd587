import Foundation
import HyperSchedClient
import HyperSchedProtocol

/// The real daemon, over HTTP.
struct DaemonClientConnection: DaemonConnection {
    let credential: AgentCredential
    let agent: AgentID
    /// For sweeps whose checkpoints do not go to the daemon.
    var places = CheckpointAccess(environment: ProcessInfo.processInfo.environment)

    func sync(_ message: AgentSync) async throws(ConnectionFailure) -> DesiredState {
        try await call { client async throws(ClientError) in try await client.sync(agent: agent, message) }
    }

    func sendReports(_ batch: ReportBatch) async throws(ConnectionFailure) -> ReportReceipt {
        try await call { client async throws(ClientError) in try await client.report(agent: agent, batch) }
    }

    func uploadCheckpoint(_ info: CheckpointInfo, file: String) async throws(ConnectionFailure) {
        _ = try await call { client async throws(ClientError) in
            guard info.place == nil else {
                try await places.store(info, file: file)
                return try await client.announceCheckpoint(agent: agent, info)
            }
            return try await client.uploadCheckpoint(
                agent: agent, file: file, attempt: info.attempt, step: info.step, sha256: info.sha256,
                objective: info.objective)
        }
    }

    func downloadCheckpoint(_ info: CheckpointInfo, to path: String) async throws(ConnectionFailure) {
        try await call { client async throws(ClientError) in
            guard info.place == nil else { return try await places.fetch(CheckpointLocation(info), to: path) }
            try await client.downloadCheckpoint(sha256: info.sha256, to: path)
        }
    }

    func appendLog(_ attempt: AttemptID, offset: Int64, bytes: [UInt8]) async throws(ConnectionFailure) {
        try await call { client async throws(ClientError) in
            try await client.appendLog(agent: agent, attempt: attempt, offset: offset, bytes: bytes)
        }
    }

    /// As the agent that the daemon knows; a credential that it does not know any more is given up.
    private func call<Answer>(
        _ body: (DaemonClient) async throws(ClientError) -> Answer
    ) async throws(ConnectionFailure) -> Answer {
        do throws(ClientError) {
            let client = try await credential.get()
            do throws(ClientError) { return try await body(client) } catch {
                if case .problem(let problem) = error, problem.status == 401 { await credential.forget(client) }
                throw error
            }
        } catch { throw ConnectionFailure(error) }
    }
}

extension ConnectionFailure {
    init(_ error: ClientError) {
        switch error {
        case .problem(let problem) where problem.status == 409: self = .stale("\(error)")
        // What is wrong with this very message. 401 and 403 are about the agent, 5xx about the daemon: those pass.
        case .problem(let problem) where [400, 404, 410, 413, 415, 422].contains(problem.status):
            self = .refused(status: problem.status, "\(error)")
        case .file(let path, let why): self = .refused(status: 0, "\(path): \(why)")
        case .problem, .unreachable, .untrusted, .badAnswer, .timedOut, .cancelled: self = .unavailable("\(error)")
        }
    }
}
