import Foundation
import HyperSchedProtocol
import Testing

@testable import TrialStore

@Suite struct CheckpointStoreTests {
    private func upload(_ bytes: [UInt8], as sha256: String, to store: CheckpointStore) throws -> Int64 {
        let upload = try store.beginUpload(sha256: sha256)
        for start in stride(from: 0, to: bytes.count, by: 100) {
            try bytes[start..<min(start + 100, bytes.count)].withUnsafeBytes { try upload.append($0) }
        }
        return try upload.finish()
    }

    private func files(_ directory: TemporaryDirectory) -> [String] {
        (FileManager.default.enumerator(atPath: directory.path)?.allObjects as? [String] ?? [])
            .filter { $0.hasSuffix(".tar") || $0.contains("incoming/") }.sorted()
    }

    @Test func anArchiveIsStoredUnderItsDigest() throws {
        let directory = TemporaryDirectory()
        let store = try CheckpointStore(directory: directory.path, maximumSize: 1000)
        let bytes = (0..<555).map { UInt8(truncatingIfNeeded: $0) }
        let digest = SHA256.hex(of: bytes)
        #expect(try upload(bytes, as: digest, to: store) == 555)
        #expect(files(directory) == ["\(digest.prefix(2))/\(digest).tar"])
        #expect([UInt8](try Data(contentsOf: URL(fileURLWithPath: store.path(of: digest)!))) == bytes)
        // Again: the same.
        #expect(try upload(bytes, as: digest, to: store) == 555)
        #expect(store.size(of: digest) == 555)
    }

    @Test func damagedLargeAndBadlyNamedOnesLeaveNothing() throws {
        let directory = TemporaryDirectory()
        let store = try CheckpointStore(directory: directory.path, maximumSize: 1000)
        let digest = SHA256.hex(of: [1, 2, 3])
        #expect(throws: UploadError.wrongContent(declared: digest, actual: SHA256.hex(of: [1, 2]))) {
            try upload([1, 2], as: digest, to: store)
        }
        #expect(throws: UploadError.tooLarge(limit: 1000)) {
            try upload(Array(repeating: 0, count: 1001), as: digest, to: store)
        }
        for name in ["", "../../etc/passwd", digest.uppercased(), String(digest.dropLast())] {
            #expect(throws: UploadError.badDigest(name)) { try upload([1], as: name, to: store) }
        }
        #expect(files(directory) == [])
    }

    /// Uploads that would fill the disk are not begun, those under way counted.
    @Test func roomIsSetAside() throws {
        let directory = TemporaryDirectory()
        let store = try CheckpointStore(
            directory: directory.path, maximumSize: 1000, reservedBytes: 100, freeBytes: { _ in 1000 })
        let digest = SHA256.hex(of: [1])
        var first: CheckpointUpload? = try store.beginUpload(sha256: digest, size: 600)
        #expect(throws: UploadError.noRoom(size: 301, free: 400, reserved: 100)) {
            try store.beginUpload(sha256: digest, size: 301)
        }
        #expect(throws: UploadError.tooLarge(limit: 1000)) { try store.beginUpload(sha256: digest, size: 1001) }
        _ = try store.beginUpload(sha256: digest, size: 300)
        #expect(first != nil)
        first = nil
        // Both are over: their room is free again.
        _ = try store.beginUpload(sha256: digest, size: 900)
        let unknown = try CheckpointStore(
            directory: directory.path, maximumSize: 1000, reservedBytes: 100, freeBytes: { _ in nil })
        _ = try unknown.beginUpload(sha256: digest, size: 1000)
        #expect(freeDiskBytes(directory.path).map { $0 > 0 } == true && freeDiskBytes("/nowhere") == nil)
    }

    @Test func leftoversOfACrashAreRemoved() throws {
        let directory = TemporaryDirectory()
        _ = try CheckpointStore(directory: directory.path, maximumSize: 1000)
        try Data([1]).write(to: URL(fileURLWithPath: directory.path + "/incoming/7.1"))
        _ = try CheckpointStore(directory: directory.path, maximumSize: 1000)
        #expect(files(directory) == [])
    }

    @Test func whatIsNotReferencedIsDeletedUnlessItIsJustBeingStored() throws {
        let directory = TemporaryDirectory()
        let store = try CheckpointStore(directory: directory.path, maximumSize: 1000)
        let digests = try [[UInt8(1)], [2], [3]].map { bytes in
            let digest = SHA256.hex(of: bytes)
            _ = try upload(bytes, as: digest, to: store)
            return digest
        }
        store.remove(digests[0])
        #expect(store.size(of: digests[0]) == 1)
        store.unpin(digests[0])
        store.remove(digests[0])
        #expect(store.size(of: digests[0]) == nil)
        #expect(store.removeAll(except: [digests[1]]) == 1)
        #expect(digests.map { store.size(of: $0) } == [nil, 1, nil])
    }
}

@Suite struct LogStoreTests {
    private let attempt = AttemptID(trial: TrialID(3), number: 2)

    private func text(_ store: LogStore, offset: Int64 = 0, limit: Int = 1000) throws -> String? {
        try store.read(attempt, offset: offset, limit: limit).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func appendsByOffsetOnce() throws {
        let directory = TemporaryDirectory()
        let store = try LogStore(directory: directory.path, maximumSize: 1000)
        #expect(try text(store) == nil)
        #expect(try store.append(Array("hello".utf8), to: attempt, offset: 0) == .appended)
        #expect(try store.append(Array("hello".utf8), to: attempt, offset: 0) == .appended)
        #expect(try store.append(Array("lo world".utf8), to: attempt, offset: 3) == .appended)
        #expect(try text(store) == "hello world")
        #expect(try store.append(Array("x".utf8), to: attempt, offset: 12) == .gap(expected: 11))
        #expect(try text(store, offset: 6, limit: 3) == "wor")
        #expect(try text(store, offset: 99) == "")
    }

    @Test func isCutAtItsLimit() throws {
        let directory = TemporaryDirectory()
        let store = try LogStore(directory: directory.path, maximumSize: 4)
        #expect(try store.append(Array("hello".utf8), to: attempt, offset: 0) == .appended)
        // What comes after is taken, so that nobody sends it again and again, and dropped.
        #expect(try store.append(Array("more".utf8), to: attempt, offset: 5) == .appended)
        #expect(try store.append(Array("more".utf8), to: attempt, offset: 5000) == .appended)
        #expect(try text(store) == "hell\n[hyperschedd: output beyond 4 bytes was dropped]\n")
    }
}

@Suite struct DirectoryLockTests {
    @Test func onlyOneHoldsADirectory() throws {
        let directory = TemporaryDirectory()
        var first: DirectoryLock? = try DirectoryLock(directory: directory.path)
        #expect(throws: StoreError.inUse(path: directory.path)) { try DirectoryLock(directory: directory.path) }
        withExtendedLifetime(first) {}
        first = nil
        _ = try DirectoryLock(directory: directory.path)
    }
}
