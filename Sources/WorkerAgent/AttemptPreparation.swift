import HyperSchedProtocol
import Logging

/// Everything that must be in an attempt's directory before its program starts.
struct AttemptPreparation: Sendable {
    let assignment: Assignment
    let work: WorkFolder
    let connection: any DaemonConnection
    let logger: Logger

    /// Waits for the daemon for as long as it takes.
    /// - Throws: what makes it impossible; `CancellationError` when it is not needed any more.
    func run() async throws {
        let id = assignment.attempt
        let folder = work.attempt(id)
        try folder.create(for: assignment)
        try FileAccess.writeAtomically(
            WireCoding.encode(assignment.configuration), to: work.parametersFile(id.trial))
        guard let resume = assignment.resumeFrom else { return }
        let archive = try await fetch(resume)
        do {
            try await CheckpointArchive.unpack(archive, into: folder.resume)
        } catch let error as FileAccessError {
            throw PreparationError(what: "the checkpoint to resume from can not be unpacked: \(error)")
        }
        work.forgetOldArchives(except: resume.sha256)
    }

    /// Path of the archive, its digest checked.
    private func fetch(_ resume: CheckpointInfo) async throws -> String {
        let path = work.cached(resume.sha256)
        if FileAccess.exists(path) {
            // The youngest are not deleted, so not while it is read.
            FileAccess.touch(path)
            if try await CheckpointArchive.digest(of: path).sha256 == resume.sha256 { return path }
        }
        var failures = 0
        while true {
            try Task.checkCancellation()
            do throws(ConnectionFailure) {
                try await connection.downloadCheckpoint(resume, to: path)
                break
            } catch {
                guard case .unavailable = error else {
                    throw PreparationError(what: "the checkpoint to resume from can not be fetched: \(error)")
                }
                failures += 1
                logger.warning("waiting for a checkpoint", metadata: ["error": "\(error)"])
                try await Task.sleep(for: .seconds(Backoff.seconds(afterFailures: failures)))
            }
        }
        let digest = try await CheckpointArchive.digest(of: path)
        guard digest.sha256 == resume.sha256 else {
            FileAccess.remove(path)
            throw PreparationError(what: "the checkpoint to resume from is damaged: its digest is \(digest.sha256)")
        }
        return path
    }
}

/// Why an attempt can not be prepared.
struct PreparationError: Error, CustomStringConvertible {
    let what: String
    var description: String { what }
}
