import Hummingbird
import HyperSchedProtocol
import NIOCore
import TrialStore

/// `/healthz`, `/readyz`, `/version` and the description of the API: for supervisors and scripts.
struct HealthController<Context: RequestContext>: Sendable {
    let loop: ControlLoop

    func addRoutes(to router: Router<Context>, _ api: RouterGroup<Context>) {
        api.get("openapi.yaml") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "application/yaml"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: PackageResources.openapi_yaml)))
        }
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
