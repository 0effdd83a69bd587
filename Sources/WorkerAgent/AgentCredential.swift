import HyperSchedClient
import HyperSchedProtocol
import Logging

/// Who the agent is to the daemon: a credential of its own, which it gets for its join token and keeps in its work
/// folder (mode 0600).
actor AgentCredential {
    private let options: AgentOptions
    private let path: String
    /// nil: not known yet.
    private var client: DaemonClient?
    private var joining: Task<Result<DaemonClient, ClientError>, Never>?

    init(_ options: AgentOptions, work: WorkFolder) {
        self.options = options
        path = work.credentialFile
        if options.token == nil, !FileAccess.exists(path) { client = Self.client(options, token: nil) }
    }

    /// A client that the daemon takes for this agent.
    func get() async throws(ClientError) -> DaemonClient {
        if let client { return client }
        if FileAccess.exists(path) {
            let credential = try TokenFile.read(path)
            guard options.allowPlaintext || TokenFile.isSafe(url: options.daemon) else {
                throw .file(
                    path: path, why: "it would cross the network to \(options.daemon) as plain text: use https://")
            }
            return adopt(credential)
        }
        guard let token = options.token else { return adopt(nil) }
        // Calls that begin together join once.
        let task = joining ?? Task { await self.join(Self.client(options, token: token)) }
        joining = task
        let result = await task.value
        joining = nil
        return try result.get()
    }

    /// The daemon does not take it any more (401): the next call joins anew, where there is a join token.
    func forget(_ refused: DaemonClient) {
        guard options.token != nil, let client, client.isSame(as: refused) else { return }
        options.logger.warning("the daemon does not accept this agent's credential any more; joining again")
        FileAccess.remove(path)
        self.client = nil
    }

    private func join(_ client: DaemonClient) async -> Result<DaemonClient, ClientError> {
        do throws(ClientError) {
            let issued = try await client.join(agent: options.name)
            try TokenFile.write(issued.secret, to: path)
            options.logger.notice("joined", metadata: ["name": "\(options.name)", "credential": "\(issued.token.id)"])
            return .success(adopt(issued.secret))
        } catch {
            // A daemon on this machine, most often, that asks nobody.
            if case .problem(let problem) = error, problem.code == "authentication_off" { return .success(adopt(nil)) }
            return .failure(error)
        }
    }

    private func adopt(_ token: String?) -> DaemonClient {
        let client = Self.client(options, token: token)
        self.client = client
        return client
    }

    private static func client(_ options: AgentOptions, token: String?) -> DaemonClient {
        DaemonClient(url: options.daemon, token: token, certificates: options.certificates)
    }
}
