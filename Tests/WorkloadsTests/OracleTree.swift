import Foundation
import Torch

/// A reference file as nested values, for files whose parts differ in shape.
struct OracleTree {
    private let value: Any

    init(_ name: String) throws {
        value = try JSONSerialization.jsonObject(
            with: Data(contentsOf: URL(fileURLWithPath: "\(Oracle.folder)/\(name).json")))
    }

    private init(value: Any) { self.value = value }

    /// What does not exist reads as NaN, which no comparison survives.
    subscript(_ key: String) -> OracleTree { OracleTree(value: (value as? [String: Any])?[key] ?? Double.nan) }
    subscript(_ index: Int) -> OracleTree { OracleTree(value: (value as? [Any])?[index] ?? Double.nan) }

    var elements: [OracleTree] { ((value as? [Any]) ?? []).map { OracleTree(value: $0) } }
    var number: Double { (value as? NSNumber)?.doubleValue ?? .nan }
    var text: String { value as? String ?? "" }
    var isTrue: Bool { (value as? NSNumber)?.boolValue ?? false }

    /// All numbers in order, whatever the nesting.
    var numbers: [Double] {
        guard let list = value as? [Any] else { return [number] }
        return list.flatMap { OracleTree(value: $0).numbers }
    }

    var integers: [Int] { numbers.map { Int($0) } }

    var shape: [Int] {
        guard let list = value as? [Any] else { return [] }
        return [list.count] + (list.first.map { OracleTree(value: $0).shape } ?? [])
    }

    /// float64
    func tensor() throws -> Tensor { try Tensor.of(numbers, shape: shape) }
}

extension Tensor {
    func doubles() throws -> [Double] { try detached().converted(to: .float64).values(Double.self) }
}
