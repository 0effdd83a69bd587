extension DaemonSettings {
    /// Whoever gets in may run programs on the agents, so a daemon that others can reach asks who they are, over a
    /// connection that nobody can listen to.
    func refuseUnsafeListening() throws(StartError) {
        guard tlsCertificate.isEmpty == tlsKey.isEmpty else {
            throw StartError("tlsCertificate, tlsKey: set both or none")
        }
        #if !TLS
            if hasTLS {
                throw StartError(
                    "tlsCertificate: this hyperschedd was built without TLS: build it with `swift build --traits TLS`, "
                        + "or put a TLS proxy in front and set `allowPlaintext: true` (docs/SECURITY.md)")
            }
        #endif
        guard !listen.isLoopback, !allowUnauthenticated else { return }
        if authentication == .off {
            throw StartError(
                "listen: \(listen) can be reached from other machines, and `authentication: off` lets everybody who "
                    + "can connect run programs here: remove that line, listen on 127.0.0.1, or set "
                    + "`allowUnauthenticated: true` if that is what you want")
        }
        if !hasTLS, !allowPlaintext {
            throw StartError(
                "listen: \(listen) can be reached from other machines, and tokens would cross the network as plain "
                    + "text: set tlsCertificate and tlsKey, or listen on 127.0.0.1 behind a TLS proxy on this machine, "
                    + "or set `allowPlaintext: true` when a TLS proxy elsewhere is the only one that can connect")
        }
    }
}
