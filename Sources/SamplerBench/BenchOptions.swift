import Foundation
import HyperSchedProtocol

/// `--trials 100 --seeds 20 --workers 1 --problem branin --method tpe`
struct BenchOptions {
    var trials = 100
    var seeds: UInt64 = 20
    /// Trials that run at the same time.
    var workers = 1
    /// Empty: all.
    var problems: [String] = []
    var methods: [SearchMethod] = []

    init(_ arguments: ArraySlice<String>) {
        var rest = arguments
        while let option = rest.popFirst() {
            guard let value = rest.popFirst(), take(option, value) else {
                FileHandle.standardError.write(Data("sampler-bench: \(option): not understood\n".utf8))
                exit(64)
            }
        }
        if methods.isEmpty { methods = [.random, .sobol, .tpe] }
    }

    private mutating func take(_ option: String, _ value: String) -> Bool {
        switch option {
        case "--trials": return set(\.trials, Int(value))
        case "--seeds": return set(\.seeds, UInt64(value))
        case "--workers": return set(\.workers, Int(value))
        case "--problem": problems.append(value)
        case "--method":
            guard let method = SearchMethod(rawValue: value) else { return false }
            methods.append(method)
        default: return false
        }
        return true
    }

    private mutating func set<Value>(_ path: WritableKeyPath<Self, Value>, _ value: Value?) -> Bool {
        guard let value else { return false }
        self[keyPath: path] = value
        return true
    }
}
