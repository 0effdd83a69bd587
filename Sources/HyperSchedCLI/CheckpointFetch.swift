import Foundation
import HyperSchedClient
import HyperSchedProtocol

/// Fetches a trial's best checkpoint, checks it and unpacks it.
struct CheckpointFetch {
    let client: DaemonClient
    let trial: TrialID
    let directory: String
    /// nil: the daemon is asked for it.
    var info: CheckpointInfo?

    /// The directory appears whole or not at all.
    func run() async throws {
        let target = URL(fileURLWithPath: directory).standardizedFileURL
        try checkTarget(target)
        let files = FileManager.default
        let staging = target.deletingLastPathComponent()
            .appendingPathComponent(".\(target.lastPathComponent).\(UUID().uuidString)")
        let content = staging.appendingPathComponent("content")
        try files.createDirectory(at: content, withIntermediateDirectories: true)
        defer { try? files.removeItem(at: staging) }
        let archive = staging.appendingPathComponent("checkpoint.tar")
        let expected = try await fetch(to: archive.path)
        let found = try Self.digest(of: archive)
        guard found == expected else {
            throw CommandFailure(
                .failure, "error: the checkpoint came damaged: SHA-256 \(found) instead of \(expected)")
        }
        try unpack(archive, into: content)
        if files.fileExists(atPath: target.path) { try files.removeItem(at: target) }
        try files.moveItem(at: content, to: target)
    }

    /// From where it lies, where that can be reached from here; else from the daemon.
    /// - Returns: the SHA-256 that the archive should have.
    private func fetch(to path: String) async throws -> String {
        guard let info, let place = info.place else { return try await client.checkpoint(of: trial, to: path) }
        let location = CheckpointLocation(info)
        if case .folder = place, !FileManager.default.fileExists(atPath: place.address(of: location.name)) {
            return try await client.checkpoint(of: trial, to: path)
        }
        try await CheckpointAccess(environment: ProcessInfo.processInfo.environment).fetch(location, to: path)
        return info.sha256
    }

    private func checkTarget(_ target: URL) throws {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: target.path, isDirectory: &isDirectory) else { return }
        let entries = try? FileManager.default.contentsOfDirectory(atPath: target.path)
        guard isDirectory.boolValue, entries?.isEmpty == true else {
            throw CommandFailure(.failure, "error: \(directory): is there already, and is not an empty directory")
        }
    }

    private static func digest(of file: URL) throws -> String {
        let handle = try FileHandle(forReadingFrom: file)
        defer { try? handle.close() }
        var hash = SHA256()
        while let chunk = try handle.read(upToCount: 1 << 20), !chunk.isEmpty {
            chunk.withUnsafeBytes { hash.update($0) }
        }
        return hash.finish()
    }

    /// The archive was written by a training program: its owners and permissions mean nothing here.
    private func unpack(_ archive: URL, into content: URL) throws {
        do throws(ArchiveError) { _ = try ArchiveInspection(path: archive.path, links: .inside) } catch {
            throw CommandFailure(.failure, "error: the checkpoint is not unpacked: \(error)")
        }
        let tar = Process()
        tar.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        tar.arguments = [
            "tar", "-x", "--no-same-owner", "--no-same-permissions", "-f", archive.path, "-C", content.path,
        ]
        try tar.run()
        tar.waitUntilExit()
        guard tar.terminationStatus == 0 else {
            throw CommandFailure(
                .failure, "error: tar could not unpack the checkpoint (status \(tar.terminationStatus))")
        }
    }
}
