internal import HyperSchedProtocol

extension SearchSpace {
    /// Parameters that depend on each other. What the parents among them are decides which of the others exist: each
    /// such case is a cell, a plain product of the parameters that exist in it.
    struct Cluster: Equatable, Sendable {
        struct Cell: Equatable, Sendable {
            /// Parents that exist, in order, with the rank of their value.
            let picks: [(place: Int, rank: Int)]
            /// The other parameters that exist, with the number of their values.
            let rest: [(place: Int, count: Int)]
            /// Configurations in the cells before it.
            let start: Int

            static func == (a: Cell, b: Cell) -> Bool {
                a.start == b.start && a.picks.elementsEqual(b.picks, by: ==) && a.rest.elementsEqual(b.rest, by: ==)
            }
        }

        /// nil where it has no end, or too many cells.
        let size: Int?
        /// In order; empty without a size.
        let cells: [Cell]
    }

    /// Cells of a cluster that are listed at most, and their members together.
    static let mostCells = 100_000
    static let mostCellMembers = 1_000_000

    static func clusters(_ dimensions: [Dimension]) -> [Cluster] {
        // The lowest place among those that belong together, found by walking up.
        var roots = Array(dimensions.indices)
        func root(_ place: Int) -> Int {
            var place = place
            while roots[place] != place { place = roots[place] }
            return place
        }
        for (place, dimension) in dimensions.enumerated() {
            for condition in dimension.conditions {
                let (a, b) = (root(place), root(condition.parent))
                roots[max(a, b)] = min(a, b)
            }
        }
        var members: [[Int]] = dimensions.map { _ in [] }
        for place in dimensions.indices { members[root(place)].append(place) }
        return members.filter { !$0.isEmpty }.map { cluster($0, dimensions) }
    }

    private static func cluster(_ members: [Int], _ dimensions: [Dimension]) -> Cluster {
        var listing = CellListing(members: members, dimensions: dimensions)
        return listing.run() ? Cluster(size: listing.size, cells: listing.cells) : Cluster(size: nil, cells: [])
    }

    /// The configuration with this number: clusters in order, the last one fastest.
    func point(at index: Int) -> Configuration { configuration(values(at: index)) }

    func values(at index: Int) -> [ParameterValue?] {
        var values: [ParameterValue?] = dimensions.map { _ in nil }
        for (place, rank) in ranks(at: index) { values[place] = dimensions[place].domain.value(at: rank) }
        return values
    }

    /// Which parameters exist there, and the rank of their value.
    func ranks(at index: Int) -> [(place: Int, rank: Int)] {
        precondition(size.map { index < $0 } ?? false, "point \(index) is outside the space")
        var rest = index
        var ranks: [(place: Int, rank: Int)] = []
        for cluster in clusters.reversed() {
            let (quotient, within) = rest.quotientAndRemainder(dividingBy: cluster.size!)
            ranks += cluster.ranks(at: within)
            rest = quotient
        }
        return ranks
    }
}

extension SearchSpace.Cluster {
    func ranks(at index: Int) -> [(place: Int, rank: Int)] {
        var (low, high) = (0, cells.count - 1)
        while low < high {
            let middle = (low + high + 1) / 2
            if cells[middle].start <= index { low = middle } else { high = middle - 1 }
        }
        let cell = cells[low]
        var rest = index - cell.start
        var ranks = cell.picks
        for member in cell.rest.reversed() {
            let (quotient, rank) = rest.quotientAndRemainder(dividingBy: member.count)
            ranks.append((member.place, rank))
            rest = quotient
        }
        return ranks
    }
}

/// Goes through the values of the parents of a cluster.
private struct CellListing {
    let members: [Int]
    let dimensions: [SearchSpace.Dimension]
    var cells: [SearchSpace.Cluster.Cell] = []
    var size = 0

    init(members: [Int], dimensions: [SearchSpace.Dimension]) {
        self.members = members
        self.dimensions = dimensions
    }

    /// false: there is no end, or too many.
    mutating func run() -> Bool { visit(0, [:], [], []) }

    private mutating func visit(
        _ next: Int, _ values: [Int: ParameterValue], _ picks: [(place: Int, rank: Int)],
        _ rest: [(place: Int, count: Int)]
    ) -> Bool {
        guard next < members.count else { return add(picks, rest) }
        let place = members[next]
        let dimension = dimensions[place]
        let isActive = dimension.conditions.allSatisfy { condition in
            guard let value = values[condition.parent] else { return false }
            return condition.values.contains { $0.isSame(as: value) }
        }
        guard isActive else { return visit(next + 1, values, picks, rest) }
        guard let count = dimension.domain.valueCount else { return false }
        guard dimension.isParent else { return visit(next + 1, values, picks, rest + [(place, count)]) }
        guard count <= SearchSpace.mostCells else { return false }
        for rank in 0..<count {
            var values = values
            values[place] = dimension.domain.value(at: rank)
            guard visit(next + 1, values, picks + [(place, rank)], rest) else { return false }
        }
        return true
    }

    private mutating func add(_ picks: [(place: Int, rank: Int)], _ rest: [(place: Int, count: Int)]) -> Bool {
        var product = 1
        for member in rest {
            let (next, overflow) = product.multipliedReportingOverflow(by: member.count)
            if overflow { return false }
            product = next
        }
        let (sum, overflow) = size.addingReportingOverflow(product)
        guard !overflow, cells.count < SearchSpace.mostCells,
            cells.count * members.count < SearchSpace.mostCellMembers
        else { return false }
        cells.append(SearchSpace.Cluster.Cell(picks: picks, rest: rest, start: size))
        size = sum
        return true
    }
}
