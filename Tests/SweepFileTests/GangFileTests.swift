import HyperSchedProtocol
import SweepFile
import Testing

@Suite struct GangFileTests {
    private static func slots(_ text: String) throws -> SlotRequest {
        var fixture = SweepFixture()
        fixture.block = "in: 6h, steps: {max: 3}, slots: \(text)"
        return try good(fixture.text).spec.slots
    }

    @Test func agentsOfATrial() throws {
        #expect(
            try Self.slots("{kind: gpu, min: 8, agents: 2, labels: {zone: a}}")
                == SlotRequest(kind: .gpu, min: 8, labels: ["zone": "a"], agents: 2))
        #expect(try Self.slots("{agents: 3}") == SlotRequest(min: 3, agents: 3))
        #expect(try Self.slots("{min: 4, max: 4, agents: 2}") == SlotRequest(min: 4, agents: 2))
        #expect(try Self.slots("{min: 4, agents: 1}") == SlotRequest(min: 4))
    }
}
