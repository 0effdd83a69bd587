/// The ids of the latest reports, to know one that is sent again.
struct RecentKeys: Hashable, Sendable {
    private var known: Set<String> = []
    private var order: [String] = []
    /// More than any client has under way; a retry comes within seconds.
    private static let maximumCount = 100_000

    func contains(_ key: String) -> Bool { known.contains(key) }

    mutating func insert(_ key: String) {
        guard known.insert(key).inserted else { return }
        order.append(key)
        guard order.count > 2 * Self.maximumCount else { return }
        for old in order.prefix(Self.maximumCount) { known.remove(old) }
        order.removeFirst(Self.maximumCount)
    }
}
