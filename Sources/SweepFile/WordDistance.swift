import HyperSchedProtocol

/// Finds the word that was probably meant.
enum WordDistance {
    /// The candidate nearest to `word`, if it can be a slip of the pen: at most half of the letters differ.
    static func nearest(to word: String, among candidates: [String]) -> String? {
        let lower = word.lowercased()
        guard let nearest = WorkloadDescription.nearest(to: lower, among: candidates) else { return nil }
        return isSlip(lower, nearest) ? nearest : nil
    }

    private static func isSlip(_ word: String, _ candidate: String) -> Bool {
        let shared = candidate.count + word.count
        var counts: [Character: Int] = [:]
        for letter in word { counts[letter, default: 0] += 1 }
        for letter in candidate { counts[letter, default: 0] -= 1 }
        let differing = counts.values.reduce(0) { $0 + abs($1) }
        return differing * 2 <= shared
    }
}
