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
        /// Bytes, where the agent says it beforehand.
        let size: Int64?
    }

    let loop: ControlLoop
    let checkpoints: CheckpointStore

    /// Returns when the archive and the trial's reference to it are durable.
    func take(
        _ announced: Announcement, from agent: AgentID, body: RequestBody
    ) async throws -> CheckpointInfo {
        // Asked before the bytes are taken in; the scheduler asks again when they are there.
        try await check(announced.attempt, announced.step, agent)
        let size = try await store(announced.sha256, announced.size, body)
        let info = CheckpointInfo(
            sha256: announced.sha256, size: size, step: announced.step, attempt: announced.attempt,
            objective: announced.objective)
        do {
            _ = try await loop.apply(.checkpointStored(info))
        } catch {
            await letGo(of: info)
            throw error
        }
        await letGo(of: info)
        return info
    }

    /// An archive that the agent has stored where its sweep says. Returns when the reference to it is durable.
    func note(_ info: CheckpointInfo, from agent: AgentID) async throws -> CheckpointInfo {
        guard CheckpointStore.isDigest(info.sha256) else {
            throw Problem(UploadError.badDigest(info.sha256), size: info.size)
        }
        guard info.size >= 0, let trial = await loop.trial(info.attempt.trial),
            let place = await loop.checkpointPlace(of: trial.sweep), place == info.place
        else { throw Problem.badRequest("place: not where the sweep's checkpoints go") }
        try await check(info.attempt, info.step, agent)
        do {
            _ = try await loop.apply(.checkpointStored(info))
        } catch {
            // Told twice, the first time may have counted.
            let archive = CheckpointLocation(info)
            if await !loop.isReferenced(archive) { await loop.delete([archive]) }
            throw error
        }
        return info
    }

    private func check(_ attempt: AttemptID, _ step: Int, _ agent: AgentID) async throws {
        guard step >= 0 else { throw Problem.badRequest("step: 0 or more") }
        guard let holder = await loop.holder(of: attempt.trial), holder == (agent, attempt) else {
            throw Problem.notHolder(attempt, agent)
        }
    }

    /// Streams the body to the disk; gives its size.
    private func store(_ sha256: String, _ announcedSize: Int64?, _ body: RequestBody) async throws -> Int64 {
        var received: Int64 = 0
        do throws(UploadError) {
            let upload = try checkpoints.beginUpload(sha256: sha256, size: announcedSize)
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
    private func letGo(of info: CheckpointInfo) async {
        checkpoints.unpin(info.sha256)
        guard await !loop.isReferenced(CheckpointLocation(info)) else { return }
        let checkpoints = checkpoints
        await BlockingWork.run { checkpoints.remove(info.sha256) }
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
