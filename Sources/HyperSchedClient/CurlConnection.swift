import CCurl
import Foundation
import HyperSchedProtocol

/// One libcurl handle with its connection to the daemon. Used by one thread at a time; only ``wake()`` may be called
/// from any thread, which libcurl allows for `curl_multi_wakeup`. That is why `Sendable` is unchecked.
final class CurlConnection: @unchecked Sendable {
    private static let connectTimeoutMilliseconds = 5000
    /// A file transfer that moves nothing for so long is given up.
    private static let stallSeconds = 30

    private let easy: UnsafeMutableRawPointer
    private let multi: UnsafeMutableRawPointer
    private let errorText: UnsafeMutablePointer<CChar>
    private let certificates: String?

    /// - Parameter certificates: a PEM file of trusted authorities; nil: the system's.
    init?(certificates: String? = nil) {
        self.certificates = certificates
        guard let easy = curl_easy_init() else { return nil }
        guard let multi = curl_multi_init() else {
            curl_easy_cleanup(easy)
            return nil
        }
        self.easy = easy
        self.multi = multi
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_multi_cleanup(multi)
        errorText.deallocate()
    }

    func wake() {
        curl_multi_wakeup(multi)
    }

    /// Blocks until the answer is complete, the time is up, or `stop` is pulled.
    func perform(
        _ request: WireRequest, at address: String, timeoutSeconds: Double, stop: StopSwitch
    ) -> Result<WireAnswer, ClientError> {
        do throws(ClientError) {
            let transfer = try Transfer(request, handle: easy)
            let limit = request.timeoutSeconds ?? timeoutSeconds
            let headers = prepare(request, transfer, at: address, limit)
            defer { curl_slist_free_all(headers) }
            stop.watch(self)
            let code = run(stop)
            stop.watch(nil)
            try transfer.throwOwnError()
            if stop.isPulled { throw .cancelled }
            try check(code, address, limit)
            return .success(try transfer.finish(status: Int(ccurl_response_status(easy))))
        } catch {
            return .failure(error)
        }
    }

    private func check(_ code: CURLcode, _ address: String, _ limit: Double) throws(ClientError) {
        switch code {
        case CURLE_OK: return
        case CURLE_OPERATION_TIMEDOUT: throw .timedOut(url: address, seconds: limit)
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE:
            throw .untrusted(url: address, why: String(cString: errorText))
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT:
            throw .unreachable(url: address, why: "not a http:// or https:// address")
        default:
            let detail = String(cString: errorText)
            throw .unreachable(url: address, why: detail.isEmpty ? String(cString: curl_easy_strerror(code)) : detail)
        }
    }

    /// Drives the transfer on this thread. The multi interface is used for the sake of its wake-up alone.
    private func run(_ stop: StopSwitch) -> CURLcode {
        curl_multi_add_handle(multi, easy)
        defer { curl_multi_remove_handle(multi, easy) }
        var running: Int32 = 1
        while true {
            guard curl_multi_perform(multi, &running) == CURLM_OK else { return CURLE_FAILED_INIT }
            if running == 0 { break }
            if stop.isPulled { return CURLE_ABORTED_BY_CALLBACK }
            curl_multi_poll(multi, nil, 0, 1000, nil)
        }
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            if message.pointee.msg == CURLMSG_DONE { return message.pointee.data.result }
        }
        return CURLE_FAILED_INIT
    }
}

extension CurlConnection {
    /// Sets every option of the request.
    /// - Returns: the list of header lines, to be freed after the transfer.
    private func prepare(
        _ request: WireRequest, _ transfer: Transfer, at address: String, _ limit: Double
    ) -> UnsafeMutablePointer<curl_slist>? {
        curl_easy_reset(easy)
        errorText.pointee = 0
        ccurl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText)
        ccurl_set_text(easy, CURLOPT_URL, address)
        ccurl_set_text(easy, CURLOPT_PROTOCOLS_STR, "http,https")
        if let certificates { ccurl_set_text(easy, CURLOPT_CAINFO, certificates) }
        ccurl_set_text(easy, CURLOPT_USERAGENT, "hypersched/" + ProductVersion.current)
        ccurl_set_text(easy, CURLOPT_NOPROXY, Self.hostsWithoutProxy)
        // Timeouts by signals would hit some other thread of the process.
        ccurl_set_long(easy, CURLOPT_NOSIGNAL, 1)
        ccurl_set_long(easy, CURLOPT_TCP_KEEPALIVE, 1)
        ccurl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, Self.connectTimeoutMilliseconds)
        if transfer.movesFile {
            ccurl_set_long(easy, CURLOPT_LOW_SPEED_LIMIT, 1)
            ccurl_set_long(easy, CURLOPT_LOW_SPEED_TIME, Self.stallSeconds)
        } else {
            ccurl_set_long(easy, CURLOPT_TIMEOUT_MS, Int(limit * 1000))
        }
        if let signature = request.signature {
            ccurl_set_text(easy, CURLOPT_AWS_SIGV4, "aws:amz:\(signature.region):s3")
            ccurl_set_text(easy, CURLOPT_USERNAME, signature.keyID)
            ccurl_set_text(easy, CURLOPT_PASSWORD, signature.secret)
        }
        transfer.attach(to: easy)
        setMethod(request.method, transfer)
        let headers = headerLines(request)
        ccurl_set_headers(easy, headers)
        return headers
    }

    private func setMethod(_ method: String, _ transfer: Transfer) {
        switch (method, transfer.bodySize) {
        case ("GET", _):
            ccurl_set_long(easy, CURLOPT_HTTPGET, 1)
        case ("DELETE", _):
            ccurl_set_text(easy, CURLOPT_CUSTOMREQUEST, "DELETE")
        case ("PUT", let size):
            ccurl_set_long(easy, CURLOPT_UPLOAD, 1)
            ccurl_set_offset(easy, CURLOPT_INFILESIZE_LARGE, curl_off_t(size))
        case (_, let size):
            ccurl_set_long(easy, CURLOPT_POST, 1)
            ccurl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(size))
        }
    }

    private func headerLines(_ request: WireRequest) -> UnsafeMutablePointer<curl_slist>? {
        // libcurl 7.88 signs every header that is set here, also one that is set in order not to be sent.
        if request.signature != nil {
            return request.headers.reduce(nil) { curl_slist_append($0, "\($1.name): \($1.value)") }
        }
        // An empty Expect keeps libcurl from waiting a second for "100 Continue" before each large body.
        var lines = ["Accept: application/json, application/problem+json, */*", "Expect:"]
        switch request.body {
        case .none: lines.append("Content-Type:")
        case .bytes(_, let type): lines.append("Content-Type: \(type)")
        case .file: lines.append("Content-Type: application/octet-stream")
        }
        lines += request.headers.map { "\($0.name): \($0.value)" }
        return lines.reduce(nil) { list, line in curl_slist_append(list, line) }
    }

    /// A proxy never stands between this machine and itself.
    private static let hostsWithoutProxy: String = {
        let environment = ProcessInfo.processInfo.environment
        let more = environment["no_proxy"] ?? environment["NO_PROXY"] ?? ""
        return "localhost,127.0.0.1,::1" + (more.isEmpty ? "" : "," + more)
    }()
}
