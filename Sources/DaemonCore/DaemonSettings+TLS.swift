import HummingbirdCore

#if TLS
    import HummingbirdTLS
    import NIOSSL

    extension DaemonSettings {
        /// The server behind TLS, where a certificate is named. TLS 1.2 or later.
        func tlsServer(_ base: HTTPServerBuilder) throws(StartError) -> HTTPServerBuilder {
            guard hasTLS else { return base }
            do {
                let chain = try NIOSSLCertificate.fromPEMFile(tlsCertificate)
                let key = try NIOSSLPrivateKey(file: tlsKey, format: .pem)
                var configuration = TLSConfiguration.makeServerConfiguration(
                    certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
                configuration.minimumTLSVersion = .tlsv12
                return try .tls(base, tlsConfiguration: configuration)
            } catch {
                throw StartError(
                    "tlsCertificate \(tlsCertificate), tlsKey \(tlsKey): not a PEM certificate with its key: \(error)")
            }
        }
    }
#else
    extension DaemonSettings {
        /// Without the trait `TLS` there is only the plain server; ``refuseUnsafeListening()`` has said so.
        func tlsServer(_ base: HTTPServerBuilder) throws(StartError) -> HTTPServerBuilder { base }
    }
#endif
