internal import HyperSchedProtocol

/// Why a proposal is refused.
extension Problem {
    static func notExternal(_ record: SweepRecord) -> Problem {
        Problem(
            status: 409, code: "not_external", title: "Sweep \(record.id) draws its own configurations",
            detail: "Its method is \(record.spec.method.rawValue); only sweeps with 'method: external' take proposals.")
    }

    static func sweepIsOver(_ record: SweepRecord) -> Problem {
        Problem(
            status: 409, code: "sweep_over", title: "Sweep \(record.id) starts no more trials",
            detail: record.stateReason ?? "Its deadline is \(record.spec.deadline).")
    }

    static func proposalsClosed(_ sweep: SweepID) -> Problem {
        Problem(
            status: 409, code: "proposals_closed", title: "Sweep \(sweep) takes no more proposals",
            detail: "It was told that no more would come.")
    }

    static func noMoreTrials(_ record: SweepRecord) -> Problem {
        Problem(
            status: 409, code: "trial_limit", title: "Sweep \(record.id) has all its trials",
            detail: "limits.trials is \(record.spec.limits.trials).")
    }

    static func queueFull(_ queue: Int) -> Problem {
        Problem(
            status: 429, code: "queue_full", title: "\(queue) proposals wait for slots already",
            detail: "Propose when 'wanted' in the answer to GET …/observations is larger than 0.")
    }

    static func invalidConfiguration(_ error: ConfigurationError) -> Problem {
        Problem(
            status: 422, code: "invalid_configuration", title: "The configuration is not in the sweep's search space",
            detail: "\(error.errors.count) mistake\(error.errors.count == 1 ? "" : "s"); nothing was started",
            errors: error.errors)
    }

    static func duplicateConfiguration(_ trial: TrialID) -> Problem {
        Problem(
            status: 409, code: "duplicate_configuration", title: "Trial \(trial) has the same configuration",
            detail: "To run it once more, send 'allowDuplicate: true'.",
            errors: [FieldError(field: "configuration", message: "there already", fix: trial.description)])
    }

    static func proposalKeyReused(_ key: String, _ trial: TrialID) -> Problem {
        Problem(
            status: 422, code: "idempotency_key_reused", title: "The key '\(key)' belongs to another configuration",
            detail: "Trial \(trial) was proposed with it. Take a new key for each proposal.")
    }
}
