import HyperSchedProtocol
import TrialEndpoint

/// The directory of one attempt: everything that must survive the agent.
struct AttemptFolder: Hashable, Sendable {
    let path: String

    /// SHA-256 of the attempt's token, in hexadecimal.
    var tokenFile: String { path + "/token.sha256" }
    /// The ``Assignment``.
    var assignmentFile: String { path + "/assignment.json" }
    /// A ``ProcessLaunch``; written when the program is about to be started.
    var launchFile: String { path + "/launch.json" }
    /// A ``KeeperStart``.
    var keeperFile: String { path + "/keeper.json" }
    /// Locked for as long as the keeper lives.
    var keeperLock: String { path + "/keeper.lock" }
    /// What the keeper itself has to say.
    var keeperLog: String { path + "/keeper.log" }
    /// A ``KeeperExit``.
    var exitFile: String { path + "/exit.json" }
    /// Standard output and standard error of the program, as they came.
    var outputFile: String { path + "/output.log" }
    /// ``JournalEntry`` lines.
    var journalFile: String { path + "/journal.jsonl" }
    /// HYPERSCHED_CHECKPOINT_DIR
    var checkpoints: String { path + "/checkpoints" }
    /// HYPERSCHED_RESUME_FROM
    var resume: String { path + "/resume" }
    /// The archive that is being uploaded.
    var archive: String { path + "/checkpoint.tar" }

    /// True once a keeper may have been started.
    var wasLaunched: Bool { FileAccess.exists(launchFile) }

    /// Makes it, empty.
    func create(for assignment: Assignment) throws(FileAccessError) {
        FileAccess.remove(path)
        try FileAccess.makeFolder(checkpoints)
        try FileAccess.writeAtomically(WireCoding.encode(assignment), to: assignmentFile)
    }

    /// Draws the attempt's token; only a digest of it is kept.
    func makeToken() throws(FileAccessError) -> TrialToken {
        let token = TrialToken()
        try FileAccess.writeAtomically(Array(token.digest.hex.utf8), to: tokenFile, mode: 0o600)
        return token
    }

    var token: TokenDigest? {
        guard let bytes = try? FileAccess.read(tokenFile), bytes.count == 64 else { return nil }
        return TokenDigest(hex: String(decoding: bytes, as: UTF8.self))
    }

    func read<Value: Decodable>(_ type: Value.Type, _ file: String) -> Value? {
        guard let bytes = try? FileAccess.read(file) else { return nil }
        return try? WireCoding.decode(type, from: bytes)
    }

    /// The directory that an announcement means; nil where it names none, or something outside.
    func folder(of checkpoint: CheckpointAnnouncement) -> String? {
        let path =
            checkpoint.name == CheckpointAnnouncement.wholeDirectory
            ? checkpoints : checkpoint.hasPlainName ? "\(checkpoints)/\(checkpoint.name)" : nil
        return path.flatMap { FileAccess.isRealFolder($0) ? $0 : nil }
    }
}
