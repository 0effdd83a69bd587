import HyperSchedProtocol
import TrialStore

/// The refusals that the daemon itself makes; the scheduler has its own.
extension Problem {
    static func notFound(_ what: String, _ name: String) -> Problem {
        Problem(status: 404, code: "not_found", title: "There is no \(what) \(name)")
    }

    static func badRequest(_ detail: String) -> Problem {
        Problem(status: 400, code: "bad_request", title: "The request can not be understood", detail: detail)
    }

    static func invalid(_ errors: [FieldError]) -> Problem {
        Problem(status: 422, code: "invalid_message", title: "The message breaks a rule", errors: errors)
    }

    static let busy = Problem(
        status: 429, code: "busy", title: "The daemon has too much to do",
        detail: "Nothing was changed. Try again in a second.")

    static let shuttingDown = Problem(
        status: 503, code: "shutting_down", title: "The daemon is being stopped", detail: "Nothing was changed.")

    static func tooLarge(_ what: String, limit: Int64) -> Problem {
        Problem(
            status: 413, code: "too_large", title: "\(what) is too large", detail: "The limit is \(limit) bytes.")
    }

    /// What the store could not do; nothing was changed.
    init(_ error: StoreError) {
        switch error {
        case .full:
            self.init(
                status: 507, code: "no_space", title: "The daemon has no space left", detail: error.description)
        case .badCursor: self = .badRequest("cursor: \(error)")
        case .io, .newerSchema, .olderSchema, .inUse, .corrupt, .impossibleRow:
            self.init(
                status: 500, code: "store_failed", title: "The daemon can not store anything",
                detail: error.description)
        }
    }

    init(_ error: UploadError, size: Int64) {
        switch error {
        case .badDigest(let text):
            self = .badRequest("sha256: expected 64 lower-case hexadecimal digits, found '\(text.prefix(80))'")
        case .tooLarge(let limit): self = .tooLarge("The checkpoint", limit: limit)
        case .noRoom(let size, let free, let reserved):
            self.init(
                status: 507, code: "no_space", title: "The daemon has no room for the checkpoint",
                detail:
                    "\(free) bytes are free on the disk of its checkpoints, \(size) are wanted, and \(reserved) stay "
                    + "free (checkpointReserveBytes). The agent tries again.")
        case .wrongContent(let declared, let actual):
            self.init(
                status: 422, code: "wrong_content", title: "The archive is not what was announced",
                detail: "Announced SHA-256 \(declared); the \(size) bytes that came have \(actual). Send it again.")
        case .store(let error): self.init(error)
        }
    }
}
