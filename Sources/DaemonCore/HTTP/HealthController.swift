import Hummingbird
import HyperSchedProtocol
import TrialStore

/// `/healthz`, `/readyz`, `/version`: for supervisors and scripts.
struct HealthController<Context: RequestContext>: Sendable {
    let loop: ControlLoop

    func addRoutes(to router: Router<Context>) {
        router.get("healthz") { _, _ in Response(json: ["status": "alive"]) }
        router.get("readyz", use: ready)
        router.get("version") { _, _ in
            Response(
                json: VersionInfo(
                    name: "hyperschedd", version: ProductVersion.current, schema: TrialStoreDatabase.schemaVersion))
        }
    }

    /// Ready means that writes work.
    @Sendable
    private func ready(_ request: Request, _ context: Context) async throws -> Response {
        if await loop.isClosing { throw Problem.shuttingDown }
        if let failure = await loop.probe() {
            throw Problem(status: 503, code: "not_ready", title: "Writes do not work", detail: failure.description)
        }
        return Response(json: ["status": "ready"])
    }
}
