import FoundationEssentials
import Hummingbird
import HyperSchedProtocol

/// Lets an attempt in that shows its token.
struct TrialGate: Sendable {
    let desk: any TrialDesk

    /// The attempt that the path names.
    /// - Throws: ``Problem``: the token is missing or another one's. An attempt that is not there: the same.
    func attempt(_ request: Request, _ context: some RequestContext) async throws -> AttemptID {
        guard let id = AttemptID(path: context.parameters.get("attempt") ?? ""),
            let token = Self.token(in: request.headers[.authorization]), await desk.opens(id, token: token)
        else {
            throw Problem(
                status: 401, code: "not_authorised", title: "Not this attempt's token",
                detail: "send 'Authorization: Bearer' with the token in HYPERSCHED_TOKEN; an attempt that is over has "
                    + "none")
        }
        return id
    }

    /// `Bearer TOKEN`, or `Basic` with the token for a password.
    private static func token(in header: String?) -> String? {
        guard let header, let space = header.firstIndex(of: " ") else { return nil }
        let text = header[header.index(after: space)...].trimmingPrefix { $0 == " " }
        switch header[..<space].lowercased() {
        case "bearer": return String(text)
        case "basic":
            guard let data = Data(base64Encoded: String(text)) else { return nil }
            let pair = String(decoding: data, as: UTF8.self)
            return pair.firstIndex(of: ":").map { String(pair[pair.index(after: $0)...]) }
        default: return nil
        }
    }
}

extension AttemptID {
    /// As its description: `12.3`.
    init?(path: String) {
        let parts = path.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let trial = Int64(parts[0]), let number = Int(parts[1]) else { return nil }
        self.init(trial: TrialID(trial), number: number)
    }
}
