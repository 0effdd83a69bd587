import HummingbirdCore
import HyperSchedProtocol
import NIOCore
import Scheduler
import TrialStore

/// Takes in checkpoints: streams the archive into the store, then tells the scheduler.
struct UploadDesk: Sendable {
    /// What the agent says about an archive.
    struct Announcement: Sendable {
        let attempt: AttemptID
        let step: Int
        let sha256: String
        let objective: MetricValue?
    }

    let loop: ControlLoop
    let checkpoints: CheckpointStore

    /// Returns when the archive and the trial's reference to it are durable.
    func take(
        _ announced: Announcement, from agent: AgentID, body: RequestBody
    ) async throws -> CheckpointInfo {
        guard announced.step >= 0 else { throw Problem.badRequest("step: 0 or more") }
        // Asked before the bytes are taken in; the scheduler asks again when they are there.
        guard let holder = await loop.holder(of: announced.attempt.trial),
            holder == (agent, announced.attempt)
        else { throw Problem.notHolder(announced.attempt, agent) }
        let size = try await store(announced.sha256, body)
        let info = CheckpointInfo(
            sha256: announced.sha256, size: size, step: announced.step, attempt: announced.attempt,
            objective: announced.objective)
        do {
            _ = try await loop.apply(.checkpointStored(info))
        } catch {
            await letGo(of: announced.sha256)
            throw error
        }
        await letGo(of: announced.sha256)
        return info
    }

    /// Streams the body to the disk; gives its size.
    private func store(_ sha256: String, _ body: RequestBody) async throws -> Int64 {
        var received: Int64 = 0
        do throws(UploadError) {
            let upload = try checkpoints.beginUpload(sha256: sha256)
            var chunks = body.makeAsyncIterator()
            while let chunk = await Self.next(&chunks) {
                received += Int64(chunk.readableBytes)
                try await BlockingWork.run {
                    Result { () throws(UploadError) in try upload.append(chunk) }
                }.get()
            }
            return try await BlockingWork.run { Result { () throws(UploadError) in try upload.finish() } }.get()
        } catch {
            throw Problem(error, size: received)
        }
    }

    /// nil at the end, and when the connection breaks: then the hash is wrong and says so.
    private static func next(_ chunks: inout RequestBody.AsyncIterator) async -> ByteBuffer? {
        try? await chunks.next()
    }

    /// The archive's fate is decided: keep it only if some trial refers to it.
    private func letGo(of sha256: String) async {
        checkpoints.unpin(sha256)
        guard await !loop.isReferenced(sha256) else { return }
        let checkpoints = checkpoints
        await BlockingWork.run { checkpoints.remove(sha256) }
    }
}

extension CheckpointUpload {
    fileprivate func append(_ chunk: ByteBuffer) throws(UploadError) {
        let result = chunk.withUnsafeReadableBytes { bytes in
            Result { () throws(UploadError) in try append(bytes) }
        }
        try result.get()
    }
}

extension Problem {
    fileprivate static func notHolder(_ attempt: AttemptID, _ agent: AgentID) -> Problem {
        Problem(
            status: 409, code: "stale_attempt", title: "Attempt \(attempt) is not the live attempt of its trial",
            detail: "Agent \(agent) holds no such lease. What the attempt has written since is not needed.")
    }
}
