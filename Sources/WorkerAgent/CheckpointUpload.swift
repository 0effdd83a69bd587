import Glibc
import HyperSchedProtocol
import Logging

/// Brings one checkpoint to the daemon.
struct CheckpointUpload: Sendable {
    let attempt: AttemptID
    let checkpoint: CheckpointAnnouncement
    /// nil: the daemon's own store.
    let place: CheckpointPlace?
    let work: WorkFolder
    let connection: any DaemonConnection
    let logger: Logger

    /// Waits for the daemon for as long as it takes; nil: cancelled.
    func run() async -> UploadResult? {
        let folder = work.attempt(attempt)
        guard let source = folder.folder(of: checkpoint) else {
            logger.warning(
                "no such checkpoint", metadata: ["attempt": "\(attempt)", "name": "\(checkpoint.name)"])
            return .impossible("'\(checkpoint.name)' is not a directory in the checkpoint directory")
        }
        do {
            let digest = try await CheckpointArchive.pack(source, to: folder.archive)
            let info = CheckpointInfo(
                sha256: digest.sha256, size: digest.size, step: checkpoint.step, attempt: attempt,
                objective: checkpoint.objective, place: place)
            return try await send(info, folder.archive)
        } catch is CancellationError {
            return nil
        } catch {
            logger.error("checkpoint not uploaded", metadata: ["attempt": "\(attempt)", "error": "\(error)"])
            return .impossible("\(error)")
        }
    }

    private func send(_ info: CheckpointInfo, _ file: String) async throws -> UploadResult {
        var failures = 0
        while true {
            try Task.checkCancellation()
            do throws(ConnectionFailure) {
                try await connection.uploadCheckpoint(info, file: file)
                // The trial may well come back here.
                rename(file, work.cached(info.sha256))
                work.forgetOldArchives(except: info.sha256)
                return .stored
            } catch {
                switch error {
                case .stale: return .stale
                case .refused: throw error
                case .unavailable: break
                }
                failures += 1
                logger.warning("checkpoint waits", metadata: ["attempt": "\(attempt)", "error": "\(error)"])
                try await Task.sleep(for: .seconds(Backoff.seconds(afterFailures: failures)))
            }
        }
    }
}
