import HyperSchedProtocol

/// How S3, or what speaks like it, is reached. From the environment, in the words of Amazon's own tools.
struct ObjectStoreAccess: Hashable, Sendable {
    /// For libcurl, which signs the request (AWS Signature Version 4).
    struct Signature: Hashable, Sendable {
        let region: String
        let keyID: String
        let secret: String
        let token: String?
    }

    let signature: Signature
    /// Without a slash at the end; nil: Amazon's.
    let endpoint: String?

    /// SHA-256 of nothing, which a signed request without a body has to say.
    static let emptyDigest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_REGION` (or `AWS_DEFAULT_REGION`),
    /// `AWS_ENDPOINT_URL_S3` (or `AWS_ENDPOINT_URL`). nil: the first two are not set.
    init?(environment: [String: String]) {
        func value(_ names: String...) -> String? { names.lazy.compactMap { environment[$0] }.first { !$0.isEmpty } }
        guard let keyID = value("AWS_ACCESS_KEY_ID"), let secret = value("AWS_SECRET_ACCESS_KEY") else { return nil }
        signature = Signature(
            region: value("AWS_REGION", "AWS_DEFAULT_REGION") ?? "us-east-1", keyID: keyID, secret: secret,
            token: value("AWS_SESSION_TOKEN"))
        var url = value("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
        while url?.hasSuffix("/") == true { url?.removeLast() }
        endpoint = url
    }

    /// Other servers than Amazon's often know one host name only, and certificates do not cover dots in buckets: there
    /// the bucket is the first part of the path.
    func address(bucket: String, key: String) -> String {
        if let endpoint { return "\(endpoint)/\(bucket)/\(key)" }
        let host = "s3.\(signature.region).amazonaws.com"
        return bucket.contains(".") ? "https://\(host)/\(bucket)/\(key)" : "https://\(bucket).\(host)/\(key)"
    }

    func request(_ method: String, digest: String) -> WireRequest {
        var request = WireRequest(method: method, path: [], isRepeatable: true)
        request.signature = signature
        request.headers = [("x-amz-content-sha256", digest)]
        if let token = signature.token { request.headers.append(("x-amz-security-token", token)) }
        return request
    }
}
