import HyperSchedProtocol
import Testing

@testable import DaemonCore

/// Parts of the access control that need no daemon.
@Suite struct AccessUnitTests {
    private let start = Timestamp(milliseconds: 1_000_000)

    @Test func aSecretCarriesItsChecksum() throws {
        let secret = AccessSecret(random: (0..<38).map { UInt8($0) })
        #expect(secret.text.wholeMatch(of: #/hst_[0-9a-f]{84}/#) != nil)
        #expect(secret.id == "000102030405")
        // Computed with Python's hashlib.
        #expect(secret.text.hasSuffix("104048ca"))
        #expect(secret.hash == "27516dc882780ae0265af590c021571bd044fcc3df86169da5823b790d4dfaf5")
        #expect(AccessSecret(secret.text) == secret)
        #expect("\(secret)" == "token 000102030405" && "\([secret])".contains("token 0001"))
        // Every digit counts.
        let digits = Array(secret.text)
        for index in 4..<digits.count {
            var wrong = digits
            wrong[index] = wrong[index] == "0" ? "1" : "0"
            #expect(AccessSecret(String(wrong)) == nil, "\(index)")
        }
        for text in ["", "hst_", secret.text + "0", secret.text.uppercased(), "xst_" + secret.text.dropFirst(4)] {
            #expect(AccessSecret(text) == nil)
        }
    }

    @Test func equalMeansEqual() {
        #expect(AccessSecret.isEqual("abc", "abc") && AccessSecret.isEqual("", ""))
        for other in ["abd", "bbc", "ab", "abcd", ""] { #expect(!AccessSecret.isEqual("abc", other)) }
    }

    @Test func wrongTokensEarnAWait() {
        let failures = FailedAttempts()
        for _ in 1...10 { #expect(failures.note("10.0.0.1", at: start) == nil) }
        #expect(failures.note("10.0.0.1", at: start) == 6)
        #expect(failures.note("10.0.0.1", at: start) == 12)
        // It does not grow for ever, other addresses are free, and time heals.
        for _ in 1...100 { _ = failures.note("10.0.0.1", at: start) }
        #expect(failures.note("10.0.0.1", at: start) == 18)
        #expect(failures.note("10.0.0.2", at: start) == nil)
        #expect(failures.note("10.0.0.1", at: start.advanced(bySeconds: 30)) == nil)
    }

    @Test(arguments: [
        ("10.0.0.1", "10.0.0.1"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("2001:db8::1", "2001:db8::/64"),
        ("::1", "::/64"), ("::ffff:10.0.0.1", "::ffff:10.0.0.1"),
    ])
    func networksOfAddresses(address: String, network: String) {
        #expect(FailedAttempts.network(of: address) == network)
    }

    @Test func sessionsEnd() {
        let sessions = SessionStore()
        let cookie = sessions.open(token: "abc", at: start)
        #expect(sessions.token(cookie, at: start.advanced(bySeconds: SessionStore.life - 1)) == "abc")
        #expect(sessions.token(cookie, at: start.advanced(bySeconds: SessionStore.life)) == nil)
        #expect(sessions.token(String(cookie.reversed()), at: start) == nil)
        #expect(sessions.token("", at: start) == nil)
        sessions.close(cookie)
        #expect(sessions.token(cookie, at: start) == nil)
        #expect(sessions.open(token: "abc", at: start) != sessions.open(token: "abc", at: start))
    }

    @Test(arguments: [
        (nil, "/"), ("", "/"), ("/sweeps/1", "/sweeps/1"), ("//evil.example", "/"), ("http://evil.example", "/"),
        ("/\\evil.example", "/"), ("/a\nb", "/"), ("/ü", "/"),
    ])
    func signingInLeadsNowhereElse(next: String?, path: String) {
        #expect(SignInController.local(next) == path)
    }

    @Test(
        arguments: [
            (false, DaemonSettings.Authentication?.none, false, false, "", nil),
            (true, nil, false, false, "", "tokens would cross the network as plain text"),
            (true, nil, false, true, "", nil), (true, .required, false, true, "", nil),
            (true, .off, false, true, "", "lets everybody who can connect run programs here"),
            (true, nil, true, false, "", nil), (false, .required, false, false, "", nil),
            (false, nil, false, false, "cert.pem", "tlsCertificate, tlsKey: set both or none"),
        ] as [(Bool, DaemonSettings.Authentication?, Bool, Bool, String, String?)])
    func listeningIsRefused(
        isOpen: Bool, authentication: DaemonSettings.Authentication?, isUnauthenticated: Bool, isPlain: Bool,
        certificate: String, message: String?
    ) {
        var settings = DaemonSettings(dataDirectory: "/x")
        if isOpen { settings.listen = ListenAddress(host: "0.0.0.0", port: 1) }
        settings.authentication = authentication
        settings.allowUnauthenticated = isUnauthenticated
        settings.allowPlaintext = isPlain
        settings.tlsCertificate = certificate
        do throws(StartError) {
            try settings.refuseUnsafeListening()
            #expect(message == nil)
        } catch {
            #expect(message.map { error.description.contains($0) } == true, "\(error)")
        }
        if isOpen, message == nil { #expect(settings.asksForTokens == !isUnauthenticated) }
    }
}
