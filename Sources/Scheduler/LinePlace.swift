/// A place in a line: keys are compared one after the other, the smaller one is served first; of equals who came first.
struct LinePlace: Comparable {
    let keys: [Double]
    let arrival: Int

    static func < (a: Self, b: Self) -> Bool {
        for (x, y) in zip(a.keys, b.keys) where x != y { return x < y }
        return a.arrival < b.arrival
    }
}
