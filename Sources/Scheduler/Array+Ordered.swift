/// Ascending arrays: look-up by binary search, so O(log n); inserting and removing moves the tail as one block of
/// memory.
extension Array where Element: Comparable {
    /// Index of the first element that is not below `element`.
    func orderedIndex(of element: Element) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < element { low = middle + 1 } else { high = middle }
        }
        return low
    }

    func containsOrdered(_ element: Element) -> Bool {
        let index = orderedIndex(of: element)
        return index < count && self[index] == element
    }

    mutating func insertOrdered(_ element: Element) { insert(element, at: orderedIndex(of: element)) }

    /// Does nothing when the element is not there.
    mutating func removeOrdered(_ element: Element) {
        let index = orderedIndex(of: element)
        if index < count && self[index] == element { remove(at: index) }
    }
}
