import HyperSchedClient
import HyperSchedProtocol

/// Listings that come in pages.
enum PageWalk {
    private static let pageSize = 100

    /// All items, or the first `limit`.
    static func all<Item>(
        limit: Int = .max, _ fetch: @Sendable (PageRequest) async throws(ClientError) -> Page<Item>
    ) async throws(ClientError) -> [Item] {
        var items: [Item] = []
        var cursor: String?
        repeat {
            let page = try await fetch(PageRequest(limit: min(pageSize, limit - items.count), cursor: cursor))
            items += page.items
            cursor = page.nextCursor
        } while cursor != nil && items.count < limit
        return Array(items.prefix(limit))
    }
}

/// A listing that grows at its end, read again and again: only its last page is asked for twice.
struct PageTail<Item: Sendable & Codable & Hashable>: Sendable {
    /// Items kept at most; older ones are forgotten.
    let capacity: Int
    private var settled: [Item] = []
    private var last: [Item] = []
    private var cursor: String?

    init(capacity: Int) { self.capacity = capacity }

    var items: [Item] { (settled + last).suffix(capacity) }

    mutating func refresh(_ fetch: @Sendable (PageRequest) async throws(ClientError) -> Page<Item>)
        async throws(ClientError)
    {
        while true {
            let page = try await fetch(PageRequest(limit: 100, cursor: cursor))
            guard let next = page.nextCursor else {
                last = page.items
                return
            }
            settled = (settled + page.items).suffix(capacity)
            last = []
            cursor = next
        }
    }
}
