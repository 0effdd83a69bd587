import Testing
import Torch

@Suite("Tensor", .enabled(if: TorchRuntime.isAvailable, "libtorch is missing"))
struct TensorTests {
    @Test func holdsTheValuesItWasMadeFrom() throws {
        let tensor = try Tensor.of([1, 2, 3, 4, 5, 6] as [Double], shape: [2, 3])
        #expect(try tensor.shape() == [2, 3])
        #expect(try tensor.type() == .float64)
        #expect(try tensor.transposed().values(Double.self) == [1, 4, 2, 5, 3, 6])
        #expect(try tensor.slice(1..<2).values(Double.self) == [4, 5, 6])
    }

    @Test func selectsGathersAndJoins() throws {
        let tensor = try Tensor.of([1, 2, 3, 4] as [Float], shape: [2, 2])
        let index = try Tensor.of([1, 0] as [Int64])
        #expect(try tensor.selecting(index, axis: 0).values(Float.self) == [3, 4, 1, 2])
        let each = try index.reshaped([2, 1])
        #expect(try tensor.gathering(each, axis: 1).values(Float.self) == [2, 3])
        #expect(try Tensor.concatenated([tensor, tensor]).shape() == [4, 2])
        #expect(try Tensor.stacked([tensor, tensor]).shape() == [2, 2, 2])
    }

    @Test func computes() throws {
        let a = try Tensor.of([1, 2, 3, 4] as [Double], shape: [2, 2])
        let b = try Tensor.of([2, 0, 0, 2] as [Double], shape: [2, 2])
        #expect(try (a + b).values(Double.self) == [3, 2, 3, 6])
        #expect(try (a - b).values(Double.self) == [-1, 2, 3, 2])
        #expect(try (a * b).values(Double.self) == [2, 0, 0, 8])
        #expect(try (b / a).values(Double.self) == [2, 0, 0, 0.5])
        #expect(try a.matmul(b).values(Double.self) == [2, 4, 6, 8])
        #expect(try b.addingProduct(a, b).values(Double.self) == [4, 4, 6, 10])
        #expect(try a.sum().item() == 10)
        #expect(try a.mean(axis: 0).values(Double.self) == [2, 3])
        #expect(try a.argmax(axis: 1).values(Int64.self) == [1, 1])
        #expect(try a.scaled(by: 2, adding: 1).values(Double.self) == [3, 5, 7, 9])
    }

    @Test func wrongShapesAreErrorsWithAReason() throws {
        let a = try Tensor.zeros([2, 3])
        let error = #expect(throws: TorchError.self) { _ = try a.matmul(a) }
        #expect(error?.kind == .refused)
        #expect(error?.message.contains("2x3") == true)
        #expect(throws: TorchError.self) { _ = try Tensor.of([1, 2, 3] as [Float], shape: [2, 2]) }
        #expect(throws: TorchError.self) { _ = try a.values(Double.self) }
        #expect(throws: TorchError.self) { try a.copy(from: try Tensor.zeros([1, 3])) }
    }

    @Test func copiesInPlaceAndComparesByValue() throws {
        let a = try Tensor.of([1, 2] as [Float])
        let b = try Tensor.zeros([2])
        #expect(try !a.isEqual(to: b))
        try b.copy(from: a)
        #expect(try a.isEqual(to: b))
        #expect(try a.clone().isEqual(to: a))
    }
}
