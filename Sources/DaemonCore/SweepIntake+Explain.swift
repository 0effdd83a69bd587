import HyperSchedProtocol
import SweepFile

extension SweepIntake {
    /// What a sweep file means with the agents that are there; nothing is started.
    func explain(_ text: String) async throws(Problem) -> SweepExplanation {
        let parsed = try read(text)
        let known = await loop.pace(for: parsed.spec)
        return SweepExplainer(
            parsed, now: clock.now(), agents: await loop.agents(), pace: known?.pace,
            paceOf: known.map { "sweep \($0.sweep)" } ?? ""
        ).explanation()
    }
}
