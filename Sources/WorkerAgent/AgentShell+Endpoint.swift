import CProcess
import Glibc
import HyperSchedProtocol
import Logging
import TrialEndpoint

/// What trials may ask of the agent, by way of its endpoint.
extension AgentShell: TrialDesk {
    func opens(_ attempt: AttemptID, token: String) async -> Bool {
        supervisors[attempt]?.token?.matches(token) ?? false
    }

    func advice(for attempt: AttemptID) async throws -> TrialAdvice {
        guard let advice = TrialAdvice(machine, attempt, at: Self.now()) else {
            throw Problem(
                status: 409, code: "attempt_over", title: "The attempt is over", detail: "nothing is wanted of it")
        }
        return advice
    }

    func take(_ body: [UInt8], key: String?, of attempt: AttemptID) async throws -> TrialAdvice {
        let posted = try PostedReports(body, key: key)
        guard let supervisor = supervisors[attempt] else { return try await advice(for: attempt) }
        let duplicates = try await supervisor.take(posted)
        // Taken is taken, even where it has ended meanwhile.
        var advice =
            TrialAdvice(machine, attempt, at: Self.now()) ?? TrialAdvice(action: .stop, timeLeftSeconds: 0, slots: 0)
        advice.accepted = true
        advice.duplicates = duplicates == 0 ? nil : duplicates
        return advice
    }

    func track(_ request: TrackingRequest, of attempt: AttemptID) async throws -> [UInt8] {
        guard let supervisor = supervisors[attempt] else {
            throw TrackingRefusal(status: 409, code: "INVALID_STATE", message: "the attempt is over")
        }
        return try await supervisor.track(request, at: Int64(cprocess_realtime_seconds() * 1000))
    }

    /// Returns once trials can reach it; where they can not, they report on standard output alone.
    func openEndpoint() async -> Task<Void, Never> {
        let (ports, told) = AsyncStream.makeStream(of: Int.self)
        let server = TrialServer(desk: self, logger: logger)
        let before = Self.port(in: work.portFile)
        let task = Task { [logger] in
            // The port that running trials know; where somebody else has it by now, any other.
            for port in [before, 0] where !Task.isCancelled {
                do {
                    try await server.run(port: port) { told.yield($0) }
                } catch {
                    logger.warning(
                        "trials can not reach the agent", metadata: ["port": "\(port)", "error": "\(error)"])
                }
            }
            told.finish()
        }
        for await port in ports {
            endpointPort = port
            do {
                try FileAccess.writeAtomically(Array("\(port)\n".utf8), to: work.portFile)
            } catch {
                logger.warning("the endpoint's port is not kept", metadata: ["error": "\(error)"])
            }
            break
        }
        return task
    }

    private static func port(in file: String) -> Int {
        let text = (try? FileAccess.read(file)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return Int(text.filter(\.isNumber)).flatMap { (1...65_535).contains($0) ? $0 : nil } ?? 0
    }
}
