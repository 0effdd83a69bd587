import HyperSchedProtocol

/// Looks now and then at what an attempt has in its checkpoint directory.
struct DiskWatch: Sendable {
    /// Bytes; nil: no limit.
    let limit: Int64?
    let folder: String
    private var nextLook = 0.0
    private var used: Int64 = 0
    private var isBroken = false

    init(limit: Int64?, folder: String) {
        self.limit = limit
        self.folder = folder
    }

    /// It is time to look no more but to act.
    var isFarBeyond: Bool { limit.map { used > 2 * $0 } ?? false }

    /// - Parameter now: seconds on any clock.
    /// - Returns: what is broken; each time that it is looked at.
    mutating func look(at now: Double) -> BrokenLimit? {
        guard let limit, now >= nextLook else { return nil }
        used = FileAccess.diskUsage(of: folder)
        // Large directories are looked at less often.
        nextLook = now + 0.5
        guard used > limit else { return nil }
        let text =
            "wrote \(SizeText.text(used)) into its checkpoint directory, limits.disk is \(SizeText.text(limit)); "
            + "fix: delete older checkpoints, or raise limits.disk"
        return BrokenLimit(kind: .disk, text: text)
    }
}

/// Sizes for people: `1.5 GB`.
enum SizeText {
    static func text(_ bytes: Int64) -> String {
        for (unit, size) in [("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)] where Double(bytes) >= size {
            let tenths = (Double(bytes) / size * 10).rounded() / 10
            return tenths == tenths.rounded() ? "\(Int(tenths)) \(unit)" : "\(tenths) \(unit)"
        }
        return "\(bytes) bytes"
    }
}
