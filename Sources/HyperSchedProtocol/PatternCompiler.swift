/// Turns the tree of a pattern into instructions.
struct PatternCompiler {
    var program: [LinePattern.Instruction] = []
    private static let longest = 4000

    mutating func add(_ node: PatternNode) throws(LinePattern.Mistake) {
        guard program.count < Self.longest else {
            throw LinePattern.Mistake(offset: 0, message: "too large once its repeats are written out")
        }
        switch node {
        case .empty: break
        case .set(let set): program.append(.set(set))
        case .assert(let condition): program.append(.assert(condition))
        case .sequence(let items): for item in items { try add(item) }
        case .group(let inner, let number):
            program.append(.save(2 * number))
            try add(inner)
            program.append(.save(2 * number + 1))
        case .alternatives(let branches): try addAlternatives(branches)
        case .repeat(let inner, let range, let isLazy):
            for _ in 0..<range.lowerBound { try add(inner) }
            var splits: [Int] = []
            for _ in range.lowerBound..<range.upperBound {
                splits.append(program.count)
                program.append(.jump(0))
                try add(inner)
            }
            for split in splits { program[split] = fork(split + 1, program.count, isLazy) }
        case .atLeast(let inner, let count, let isLazy):
            for _ in 0..<count { try add(inner) }
            let split = program.count
            program.append(.jump(0))
            try add(inner)
            program.append(.jump(split))
            program[split] = fork(split + 1, program.count, isLazy)
        }
    }

    private func fork(_ more: Int, _ done: Int, _ isLazy: Bool) -> LinePattern.Instruction {
        isLazy ? .split(done, more) : .split(more, done)
    }

    private mutating func addAlternatives(_ branches: [PatternNode]) throws(LinePattern.Mistake) {
        var jumps: [Int] = []
        for (index, branch) in branches.enumerated() {
            guard index < branches.count - 1 else {
                try add(branch)
                break
            }
            let split = program.count
            program.append(.jump(0))
            try add(branch)
            jumps.append(program.count)
            program.append(.jump(0))
            program[split] = .split(split + 1, program.count)
        }
        for jump in jumps { program[jump] = .jump(program.count) }
    }
}
