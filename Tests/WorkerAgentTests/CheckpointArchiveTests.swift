import Foundation
import Testing

@testable import WorkerAgent

/// Archives on their way in and out of the agent.
@Suite struct CheckpointArchiveTests {
    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = NSTemporaryDirectory() + "hypersched-archive-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder + "/in", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder)
    }

    /// Made by a real `tar` from `arguments`, run in `folder`.
    private func tar(_ arguments: [String], in folder: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["tar"] + arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }

    /// What training programs write: long names, links among themselves, programs. A link to elsewhere would be worth
    /// nothing on another agent.
    @Test func whatATrialWroteComesBack() async throws {
        try await withFolder { folder in
            let files = FileManager.default
            let long = String(repeating: "n", count: 200)
            try files.createDirectory(atPath: folder + "/in/\(long)", withIntermediateDirectories: true)
            try Data("weights".utf8).write(to: URL(fileURLWithPath: folder + "/in/\(long)/\(long)"))
            try Data(repeating: 7, count: 5000).write(to: URL(fileURLWithPath: folder + "/in/step 1.bin"))
            try files.createSymbolicLink(atPath: folder + "/in/latest", withDestinationPath: "step 1.bin")
            try files.linkItem(atPath: folder + "/in/step 1.bin", toPath: folder + "/in/same.bin")
            try files.setAttributes([.posixPermissions: 0o4755], ofItemAtPath: folder + "/in/same.bin")
            _ = try await CheckpointArchive.pack(folder + "/in", to: folder + "/a.tar")
            try await CheckpointArchive.unpack(folder + "/a.tar", into: folder + "/out")
            let weights = try String(contentsOfFile: folder + "/out/\(long)/\(long)", encoding: .utf8)
            #expect(weights == "weights")
            for name in ["latest", "same.bin"] {
                #expect(files.contents(atPath: folder + "/out/\(name)")?.count == 5000)
            }
            let mode = try files.attributesOfItem(atPath: folder + "/out/same.bin")[.posixPermissions] as? Int
            #expect((mode ?? 0) & 0o7000 == 0)
            try files.createSymbolicLink(atPath: folder + "/in/data", withDestinationPath: "/usr/share")
            await #expect(throws: FileAccessError.self) {
                try await CheckpointArchive.pack(folder + "/in", to: folder + "/b.tar")
            }
        }
    }

    @Test(arguments: [
        ["-cPf", "a.tar", "../victim"],
        ["-cf", "a.tar", "--transform", "s,in/x,/tmp/hypersched-victim,", "-P", "in/x"],
        ["-cf", "a.tar", "in/pipe"], ["-cf", "a.tar", "--transform", "s,in/x,in/out/x,", "in/out", "in/x"],
        ["-cSf", "a.tar", "in/sparse"],
    ])
    func whatIsHostileIsNotUnpacked(arguments: [String]) async throws {
        try await withFolder { folder in
            let work = folder + "/work"
            try FileManager.default.createDirectory(atPath: work + "/in", withIntermediateDirectories: true)
            try Data("evil".utf8).write(to: URL(fileURLWithPath: folder + "/victim"))
            try Data("evil".utf8).write(to: URL(fileURLWithPath: work + "/in/x"))
            try FileManager.default.createSymbolicLink(atPath: work + "/in/out", withDestinationPath: folder)
            mkfifo(work + "/in/pipe", 0o600)
            _ = FileManager.default.createFile(atPath: work + "/in/sparse", contents: nil)
            truncate(work + "/in/sparse", 1 << 30)
            try tar(arguments, in: work)
            try Data("good".utf8).write(to: URL(fileURLWithPath: folder + "/victim"))
            await #expect(throws: FileAccessError.self) {
                try await CheckpointArchive.unpack(work + "/a.tar", into: folder + "/deep/target")
            }
            #expect(!FileManager.default.fileExists(atPath: folder + "/deep/target"))
            #expect(try String(contentsOfFile: folder + "/victim", encoding: .utf8) == "good")
            #expect(!FileManager.default.fileExists(atPath: folder + "/x"))
            #expect(!FileManager.default.fileExists(atPath: "/tmp/hypersched-victim"))
        }
    }
}
