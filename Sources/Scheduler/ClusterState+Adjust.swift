internal import HyperSchedProtocol

extension ClusterState {
    /// Changes priority, weight or budget of a sweep. Of one that has ended only the record changes: with more budget
    /// it can be extended.
    mutating func adjust(_ id: SweepID, _ adjustment: SweepAdjustment, at now: Timestamp) -> EventResult {
        guard let old = runtimes[id]?.record else { return .refused(.notFound("sweep", id.description)) }
        if let problem = whyNotAdjusted(old, adjustment, at: now) { return .refused(problem) }
        var new = old.spec
        var changes: [String] = []
        if let priority = adjustment.priority, priority != new.priority {
            changes.append("priority from \(new.priority) to \(priority)")
            new.priority = priority
        }
        if let weight = adjustment.weight, weight != new.effectiveWeight {
            changes.append("weight from \(new.effectiveWeight.shortText) to \(weight.shortText)")
            new.weight = weight
        }
        if let hours = adjustment.slotHours, hours != new.budget?.slotHours {
            let before = new.budget.map { "from \($0.slotHours.shortText) " } ?? ""
            changes.append("budget \(before)to \(hours.shortText) slot-hours")
            new.budget = SweepBudget(slotHours: hours)
        }
        // Said twice, it is done once.
        guard !changes.isEmpty else { return .done }
        runtimes[id]!.record.spec = new
        pending.sweeps.insert(id)
        let numbers = [
            "priority": Double(new.priority), "weight": new.effectiveWeight,
            "slot_hours": new.budget?.slotHours ?? .infinity,
        ]
        decide(
            .adjust, Reason(.adjusted, "changed " + changes.joined(separator: ", "), numbers: numbers), sweep: id,
            at: now)
        serveInOrder()
        return .done
    }

    private func whyNotAdjusted(_ record: SweepRecord, _ adjustment: SweepAdjustment, at now: Timestamp) -> Problem? {
        if record.state == .cancelled || record.state == .failed {
            return Problem(
                status: 409, code: "sweep_over", title: "Sweep \(record.id) can not be changed",
                detail: "It is \(record.state.rawValue), and its trials are over. Submit it again.")
        }
        let errors = fieldErrors(record, adjustment, at: now)
        guard !errors.isEmpty else { return nil }
        return Problem(
            status: 422, code: "invalid_adjustment", title: "Sweep \(record.id) can not be changed like this",
            errors: errors)
    }

    private func fieldErrors(
        _ record: SweepRecord, _ adjustment: SweepAdjustment, at now: Timestamp
    ) -> [Problem.FieldError] {
        var errors: [Problem.FieldError] = []
        if adjustment == SweepAdjustment() {
            errors.append(
                .init(field: "weight", message: "nothing is given", fix: "give priority, weight or slotHours"))
        }
        if let priority = adjustment.priority, !SweepAdjustment.priorities.contains(priority) {
            errors.append(
                .init(field: "priority", message: "\(priority) is not from -1000 to 1000", fix: "give 0, for example"))
        }
        if let weight = adjustment.weight, !SweepAdjustment.weights.contains(weight) {
            errors.append(
                .init(field: "weight", message: "\(weight.shortText) is not from 0 to 1000", fix: "give 1, for example")
            )
        }
        if let hours = adjustment.slotHours {
            let used = slotSecondsUsed(by: record.id, at: now) / 3600
            let isLegal = hours > used && hours <= SweepAdjustment.mostSlotHours
            if !isLegal {
                errors.append(
                    .init(
                        field: "slotHours",
                        message:
                            "\(hours.shortText) is not more than the \(used.shortText) that are used, or beyond 1e9",
                        fix: "give more; to stop the sweep, cancel it"))
            }
        }
        return errors
    }
}
