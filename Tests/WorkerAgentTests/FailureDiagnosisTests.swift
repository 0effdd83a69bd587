import HyperSchedProtocol
import Testing

@testable import WorkerAgent

/// What is made of exit statuses and last lines.
@Suite struct FailureDiagnosisTests {
    struct Row: Sendable {
        var end: ProcessEnd
        var kind: FailureClass
        var says: String
    }

    private static func lines(_ lines: String..., code: Int = 1) -> ProcessEnd {
        ProcessEnd(exitCode: code, lastLines: lines)
    }

    static let rows = [
        Row(end: lines("ModuleNotFoundError: No module named 'torch'"), kind: .missingModule, says: "module 'torch'"),
        Row(
            end: lines("ImportError: libcudart.so.12: cannot open shared object file"), kind: .missingModule,
            says: "library"),
        Row(end: lines("ImportError: cannot import name 'x'"), kind: .missingModule, says: "cannot import name"),
        Row(end: lines("MemoryError"), kind: .oom, says: "ran out of memory"),
        Row(
            end: lines("torch.OutOfMemoryError: CUDA out of memory. Tried", "  cleaning up", "bye"), kind: .oom,
            says: "GPU memory"),
        Row(
            end: lines("terminate called after throwing an instance of 'std::bad_alloc'"), kind: .oom, says: "bad_alloc"
        ),
        Row(end: lines("OSError: [Errno 28] No space left on device"), kind: .disk, says: "disk is full"),
        Row(end: lines("x", code: 65), kind: .usage, says: "exit status 65: x"),
        Row(end: lines("t.py: error: unrecognized arguments: --lr", code: 2), kind: .usage, says: "command line"),
        Row(end: lines("ValueError: x", code: 2), kind: .other, says: "exit status 2: ValueError: x"),
        Row(end: lines("bash: pyhton: command not found", code: 127), kind: .start, says: "pyhton"),
        Row(end: ProcessEnd(exitCode: 139), kind: .signal, says: "segmentation fault"),
        Row(end: ProcessEnd(exitCode: 137), kind: .oom, says: "SIGKILL"),
        Row(end: ProcessEnd(signal: 6, lastLine: "assert"), kind: .signal, says: "SIGABRT); last line: assert"),
        Row(end: ProcessEnd(signal: 9, memoryKills: 2), kind: .oom, says: "the kernel killed 2"),
        Row(end: ProcessEnd(signal: 40), kind: .signal, says: "signal 40"),
        Row(end: ProcessEnd(startFailure: "no program"), kind: .start, says: "no program"),
        Row(end: ProcessEnd(exitCode: 1), kind: .other, says: "it said nothing"),
    ]

    @Test(arguments: rows) func diagnosis(_ row: Row) {
        let found = FailureDiagnosis(of: row.end)
        #expect(found.kind == row.kind, "\(found)")
        #expect(found.explanation.contains(row.says), "\(found)")
    }

    @Test func theLastLinesStayInOrder() {
        var tail = OutputTail()
        #expect(tail.last == "" && tail.texts == [])
        for number in 1...100 { tail.add(Array("line \(number)\u{1B}".utf8)) }
        tail.add(Array("  \t".utf8))
        #expect(tail.last == "line 100")
        #expect(tail.texts == (61...100).map { "line \($0)" })
    }

    @Test func ofTooMuchOutputTheEndIsKept() {
        var cap = OutputCap(limit: 10)
        cap.add(Array("0123456789".utf8), at: 0)
        #expect(cap.rest.isEmpty, "just as much as is allowed")
        cap.add(Array("abc\ndef\n".utf8), at: 10)
        #expect(String(decoding: cap.rest, as: UTF8.self) == "abc\ndef\n")
        let long = (0..<4000).map { "line \($0)\n" }.joined()
        cap.add(Array(long.utf8), at: 18)
        let rest = String(decoding: cap.rest, as: UTF8.self)
        #expect(rest.hasSuffix("line 3999\n") && rest.hasPrefix("line ") && rest.utf8.count <= OutputCap.endLength)
    }

    @Test func sizesForPeople() {
        #expect(SizeText.text(999) == "999 bytes" && SizeText.text(20_000_000) == "20 MB")
        #expect(SizeText.text(1_250_000_000) == "1.3 GB")
    }
}
