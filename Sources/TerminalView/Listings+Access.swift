public import HyperSchedProtocol

/// Lists of tokens and of what was done with them.
extension Listings {
    public static func tokens(_ tokens: [AccessToken], now: Timestamp, width: Int) -> [StyledLine] {
        guard !tokens.isEmpty else { return [StyledLine("no tokens", .faint)] }
        var table = TextTable([
            .init(title: "id"), .init(title: "name"), .init(title: "role"), .init(title: "used"), .init(title: "ends"),
            .init(title: "made by"),
        ])
        for token in tokens {
            let used = token.lastUsedAt.map { ValueText.duration(max(0, now.seconds(since: $0))) + " ago" }
            table.add(
                [token.id, token.name, token.role.rawValue, used ?? "never", end(token, now), token.createdBy],
                style: token.isValid(at: now) ? .plain : .faint)
        }
        return table.lines(width: width)
    }

    private static func end(_ token: AccessToken, _ now: Timestamp) -> String {
        if token.revokedAt != nil { return "revoked" }
        guard let expiresAt = token.expiresAt else { return "-" }
        return now < expiresAt ? "in " + ValueText.duration(expiresAt.seconds(since: now)) : "expired"
    }

    public static func audit(_ entries: [AuditEntry], width: Int) -> [StyledLine] {
        guard !entries.isEmpty else { return [StyledLine("nothing was changed", .faint)] }
        var table = TextTable([
            .init(title: "at"), .init(title: "who"), .init(title: "role"), .init(title: "from"),
            .init(title: "status", isNumeric: true), .init(title: "what"),
        ])
        for entry in entries {
            table.add(
                [
                    entry.at.rfc3339, entry.actor, entry.role.rawValue, entry.address, "\(entry.status)",
                    entry.action + (entry.result.map { " → \($0)" } ?? ""),
                ], style: entry.status < 400 ? .plain : .bad)
        }
        return table.lines(width: width)
    }
}
