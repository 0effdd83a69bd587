import Testing

@testable import HyperSchedCLI

@Suite struct AgentFileTests {
    @Test func readsEveryKey() throws {
        let file = try AgentFile(
            yaml: """
                daemon: http://10.0.0.1:8472
                name: node1
                cpuSlots: 8
                gpuSlots: 2
                trialsPerGpu: 3
                gpuIds: index
                nvidiaSmi: /usr/bin/nvidia-smi
                labels: {zone: a, gpu: h100}
                workDir: /w
                trialDir: /t
                logLevel: debug
                """, file: "agent.yaml")
        #expect(file.daemon == "http://10.0.0.1:8472" && file.name == "node1")
        #expect(file.cpuSlots == 8 && file.gpuSlots == 2 && file.trialsPerGpu == 3)
        #expect(file.gpuIds == "index" && file.nvidiaSmi == "/usr/bin/nvidia-smi")
        #expect(file.labels == ["zone": "a", "gpu": "h100"])
        #expect(try AgentFile(yaml: "lifetime: 1h30m", file: "a").end == .after(5400))
        #expect(
            try AgentFile(yaml: "until: 2026-12-01T08:00:00Z", file: "a").end
                == AgentEnd(until: "2026-12-01T09:00:00+01:00"))
        #expect(file.workDir == "/w" && file.trialDir == "/t" && file.logLevel == "debug")
    }

    @Test func commentsAloneAreAFile() throws {
        #expect(try AgentFile(yaml: "# nothing\n", file: "agent.yaml").name == nil)
    }

    @Test(arguments: [
        ("cpuSlot: 2", "did you mean 'cpuSlots'"), ("cpuSlots: many", "whole number"), ("cpuSlots: 99999", "4096"),
        ("labels: a", "mapping"), ("logLevel: loud", "debug"), ("daemon: 10.0.0.1", "address"), ("- a", "key: value"),
        ("a: [", "not YAML"), ("lifetime: 90", "a number with a unit"), ("until: Friday", "an instant with a zone"),
        ("until: 2026-12-01T08:00:00", "an instant with a zone"),
        ("lifetime: 1h\nuntil: 2026-12-01T08:00:00Z", "keep one"),
    ])
    func namesKeyAndFix(text: String, says: String) throws {
        let failure = #expect(throws: CommandFailure.self) { try AgentFile(yaml: text, file: "agent.yaml") }
        let message = try #require(failure?.message)
        #expect(message.contains("agent.yaml") && message.contains(says), "\(message)")
    }
}
