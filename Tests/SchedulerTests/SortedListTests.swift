import Testing

@testable import Scheduler

@Suite struct SortedListTests {
    /// What the list must be equal to.
    private struct Model {
        var list: SortedList<Int> = []
        var array: [Int] = []

        mutating func insert(_ value: Int) {
            list.insert(value)
            array.insert(value, at: array.firstIndex { $0 >= value } ?? array.count)
        }

        mutating func remove(_ value: Int) {
            let index = array.firstIndex(of: value)
            #expect(list.remove(value) == (index != nil))
            if let index { array.remove(at: index) }
        }

        func check() {
            #expect(Array(list) == array)
            #expect(list.count == array.count && list.first == array.first && list.last == array.last)
            #expect(list.indices.allSatisfy { list[$0] == array[$0] })
        }

        func check(_ value: Int) {
            let rank = array.firstIndex { $0 >= value } ?? array.count
            #expect(list.lowerBound(of: value) == rank)
            #expect(list.firstNotBelow(value) == (rank < array.count ? array[rank] : nil))
            #expect(list.contains(value) == array.contains(value))
        }
    }

    @Test("It is an ascending array, whatever is inserted and removed", arguments: 0..<UInt64(40))
    func likeAnArray(seed: UInt64) {
        let random = CounterRandom(seed: seed)
        var model = Model()
        // Few different numbers give many equal ones; many give deep trees.
        let range = [5, 200, 100_000][Int(seed % 3)]
        for step in 0..<3_000 {
            let value = random.below(range, at: UInt64(step))
            // It grows at first and shrinks to nothing later.
            if random.uniform(at: UInt64(step) + 1_000_000) < (step < 1_500 ? 0.8 : 0.2) {
                model.insert(value)
            } else {
                model.remove(model.array.isEmpty ? value : model.array[value % model.array.count])
                model.remove(value)
            }
            if step % 10 == 0 { model.check(value) }
            if step % 250 == 0 { model.check() }
        }
        for value in model.array { model.remove(value) }
        model.check()
        #expect(model.list.root == nil, "nothing is left behind")
    }

    @Test("Ascending and descending order, as times and identifiers come")
    func runs() {
        var model = Model()
        for value in 0..<5_000 { model.insert(value) }
        model.check()
        for value in 0..<4_900 { model.remove(value) }
        model.check()
        for value in (0..<5_000).reversed() { model.insert(value) }
        model.check()
        for value in [-1, 0, 2_500, 4_999, 5_000] { model.check(value) }
    }

    @Test("A copy stays what it was", arguments: 0..<UInt64(10))
    func copies(seed: UInt64) {
        let random = CounterRandom(seed: seed)
        var model = Model()
        var kept: [(SortedList<Int>, [Int])] = []
        for step in 0..<4_000 {
            let value = random.below(1_000, at: UInt64(step))
            if step % 3 == 2 { model.remove(value) } else { model.insert(value) }
            if step % 400 == 0 { kept.append((model.list, model.array)) }
        }
        for (list, array) in kept { #expect(Array(list) == array) }
    }

    @Test("Two lists are equal when their elements are, however they came about")
    func equality() {
        let up = SortedList(0..<1_000)
        var down = SortedList((0..<1_000).reversed())
        #expect(up == down && up.root !== down.root)
        down.remove(500)
        #expect(up != down)
        down.insert(501)
        #expect(up != down)
    }
}
