import Foundation
import Glibc

/// Writes checkpoint directories so that a reader finds all of one or none of it, even after a power cut.
enum CheckpointFolder {
    static let fileName = "model.safetensors"

    /// Makes `folder/name/model.safetensors`: written under a temporary name, synced, renamed, the folder synced.
    /// Where the directory exists already (an earlier attempt stopped at the same place) its file is replaced.
    static func write(_ data: Data, folder: String, name: String) throws(WorkloadError) {
        let target = folder + "/" + name
        let exists = access(target, F_OK) == 0
        let home = exists ? target : folder + "/.writing-" + name
        if !exists { try call("mkdir", home) { mkdir(home, 0o755) == 0 || errno == EEXIST } }
        let temporary = home + "/.writing"
        try writeSynced(data, to: temporary)
        try call("rename", temporary) { rename(temporary, home + "/" + fileName) == 0 }
        try sync(home)
        if !exists {
            try call("rename", home) { rename(home, target) == 0 }
            try sync(folder)
        }
    }

    private static func writeSynced(_ data: Data, to path: String) throws(WorkloadError) {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        try call("open", path) { file >= 0 }
        defer { close(file) }
        var done = 0
        while done < data.count {
            let written = data.withUnsafeBytes { Glibc.write(file, $0.baseAddress! + done, data.count - done) }
            if written < 0 && errno == EINTR { continue }
            try call("write", path) { written > 0 }
            done += written
        }
        try call("fsync", path) { fsync(file) == 0 }
    }

    private static func sync(_ folder: String) throws(WorkloadError) {
        let file = open(folder, O_RDONLY | O_DIRECTORY)
        try call("open", folder) { file >= 0 }
        defer { close(file) }
        try call("fsync", folder) { fsync(file) == 0 }
    }

    private static func call(_ name: String, _ path: String, _ body: () -> Bool) throws(WorkloadError) {
        guard !body() else { return }
        throw WorkloadError(.failed, "\(path): \(name) failed: \(String(cString: strerror(errno)))")
    }
}
