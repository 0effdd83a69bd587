extension LinePattern {
    /// The first match at or after `start`: ranges of the groups, group 0 being the whole; nil: a group that
    /// has no part in it. Nil where there is no match.
    public func firstMatch(in line: [UInt8], from start: Int = 0) -> [Range<Int>?]? {
        var search = PatternSearch(program, line, slots: 2 * (groupNames.count + 1))
        guard let slots = search.run(from: start) else { return nil }
        return stride(from: 0, to: slots.count, by: 2).map { index in
            slots[index] < 0 || slots[index + 1] < 0 ? nil : slots[index]..<slots[index + 1]
        }
    }

    /// All matches, one behind the other.
    public func matches(in line: [UInt8]) -> [[Range<Int>?]] {
        var found: [[Range<Int>?]] = []
        var start = 0
        while start <= line.count, let match = firstMatch(in: line, from: start), let whole = match[0] {
            found.append(match)
            start = whole.isEmpty ? whole.upperBound + 1 : whole.upperBound
        }
        return found
    }
}

/// One search: all ways through the program at once, byte by byte, in the order of preference.
private struct PatternSearch {
    private let program: [LinePattern.Instruction]
    private let line: [UInt8]
    private let slots: Int
    /// The place at which an instruction was last added, so that it is added once there.
    private var added: [Int]
    private var waiting: [Path] = []
    private var found: [Int]?

    private struct Path {
        var instruction: Int
        var captures: [Int]
    }

    init(_ program: [LinePattern.Instruction], _ line: [UInt8], slots: Int) {
        self.program = program
        self.line = line
        self.slots = slots
        added = Array(repeating: -1, count: program.count)
    }

    mutating func run(from start: Int) -> [Int]? {
        var place = start
        var current: [Path] = []
        while place <= line.count {
            waiting = []
            // The paths of an earlier start come first; a new start only while nothing was found.
            for path in current {
                guard case .set(let set) = program[path.instruction], place > start, set.contains(line[place - 1])
                else { continue }
                // What follows a match is of lower preference.
                if follow(path.instruction + 1, path.captures, at: place) { break }
            }
            if found == nil { _ = follow(0, Array(repeating: -1, count: slots), at: place) }
            if waiting.isEmpty, found != nil { break }
            current = waiting
            place += 1
        }
        return found
    }

    /// Adds all that can be reached without reading a byte. Returns true when that is the end of the program: then no
    /// path of lower preference counts.
    private mutating func follow(_ first: Int, _ captures: [Int], at place: Int) -> Bool {
        var stack = [Path(instruction: first, captures: captures)]
        while var path = stack.popLast() {
            guard added[path.instruction] != place else { continue }
            added[path.instruction] = place
            switch program[path.instruction] {
            case .set: waiting.append(path)
            case .jump(let to): stack.append(Path(instruction: to, captures: path.captures))
            case .split(let one, let other):
                stack.append(Path(instruction: other, captures: path.captures))
                stack.append(Path(instruction: one, captures: path.captures))
            case .save(let slot):
                path.captures[slot] = place
                stack.append(Path(instruction: path.instruction + 1, captures: path.captures))
            case .assert(let condition):
                guard holds(condition, at: place) else { continue }
                stack.append(Path(instruction: path.instruction + 1, captures: path.captures))
            case .match:
                found = path.captures
                return true
            }
        }
        return false
    }

    private func holds(_ condition: LinePattern.Condition, at place: Int) -> Bool {
        let before = place > 0 && ByteSet.word.contains(line[place - 1])
        let behind = place < line.count && ByteSet.word.contains(line[place])
        switch condition {
        case .start: return place == 0
        case .end: return place == line.count
        case .wordEdge: return before != behind
        case .noWordEdge: return before == behind
        }
    }
}
