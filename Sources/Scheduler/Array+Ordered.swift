extension Array where Element: Comparable {
    /// Index of the first element of an ascending array that is not below `element`. O(log n).
    func orderedIndex(of element: Element) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < element { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
